import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEmbedded, type RunningServer } from '../support/products/programs.js'
import { makeServer, signUp, type Person } from '../support/chat.js'

const run = promisify(execFile)
const buf = join('node_modules', '.bin', 'buf')

let server: RunningServer
let ana: Person
let channelId: string
let token: string

beforeAll(async () => {
  server = await startEmbedded()
  ana = await signUp(server.url)
  channelId = (await makeServer(ana)).channelId
  token = (await readFile(join(server.env.RECADO_DATA_DIR ?? '', 'service-token'), 'utf8')).trim()
})
afterAll(() => server?.stop())

/** Calls by reflection: the stock client knows nothing of the contract. */
const curl = async (method: string, body: object, headers: string[], port = server.env.RECADO_CORE_PORT) => {
  const args = [
    'curl',
    '--protocol',
    'grpc',
    '--http2-prior-knowledge',
    ...headers.flatMap((header) => ['-H', header]),
  ]
  const work = run(buf, [...args, '-d', JSON.stringify(body), `http://127.0.0.1:${port}/${method}`])
  return work.then(
    ({ stdout }) => JSON.parse(stdout || '{}') as Record<string, unknown>,
    (error: { stderr: string }): Record<string, unknown> => ({ error: error.stderr }),
  )
}
const acting = () => [`authorization: Bearer ${token}`, `recado-user-id: ${ana.id}`]

it('lists its services by reflection, without a token', async () => {
  const list = async (port: string | undefined) =>
    (
      await run(buf, [
        'curl',
        '--protocol',
        'grpc',
        '--http2-prior-knowledge',
        '--list-services',
        `http://127.0.0.1:${port}`,
      ])
    ).stdout

  const core = await list(server.env.RECADO_CORE_PORT)
  const consumer = await list(server.env.RECADO_CONSUMER_PORT)

  expect(core.trim().split('\n').sort()).toEqual([
    'grpc.health.v1.Health',
    'recado.internal.v1.CoreService',
    'recado.v1.DirectsService',
    'recado.v1.HistoryService',
    'recado.v1.InvitesService',
    'recado.v1.MessagesService',
    'recado.v1.ModerationService',
    'recado.v1.ReadingService',
    'recado.v1.RolesService',
    'recado.v1.SearchService',
    'recado.v1.ServersService',
    'recado.v1.UsersService',
  ])
  expect(consumer).toContain('recado.v1.DeliveriesService')
})

it('answers health checks without a token', async () => {
  const health = { service: 'recado.v1.MessagesService' }

  expect(await curl('grpc.health.v1.Health/Check', health, [])).toEqual({ status: 'SERVING' })
})

it('refuses a call without the service token, and one without the acting user', async () => {
  const request = { channel_id: channelId, content: 'hi' }

  const bare = await curl('recado.v1.MessagesService/SendMessage', request, [])
  const nobody = await curl('recado.v1.MessagesService/SendMessage', request, [
    `authorization: Bearer ${token}`,
  ])

  expect(bare.error).toContain('unauthenticated')
  expect(nobody.error).toContain('unauthenticated')
})

it('takes a message that is then in history', async () => {
  const sent = await curl(
    'recado.v1.MessagesService/SendMessage',
    { channel_id: channelId, content: 'by gRPC', nonce: 'g' },
    acting(),
  )

  expect(sent).toMatchObject({ id: expect.any(String), channelId })
  await expect
    .poll(
      () => curl('recado.v1.MessagesService/GetMessage', { channel_id: channelId, id: sent.id }, acting()),
      { timeout: 10_000 },
    )
    .toMatchObject({ message: { id: sent.id, content: 'by gRPC', seq: '1', nonce: 'g' } })
})
