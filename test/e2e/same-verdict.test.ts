import { readFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validate } from '../../consumer/pipeline/validate.js'
import { decodePayload } from '../../contract/payload.js'
import {
  MessagesServiceClient,
  Permission,
  SendMessageRequest,
} from '../../gen/recado/v1/messages_service.js'
import { UsersServiceClient } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { join, makeServer, profiles, push, signUp, type Inbox, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

type Fields = {
  content?: string
  nonce?: string
  reply_to?: string
  data?: object
  timestamp?: string
  channel_id?: string
}

const OK = 'ok'
const BAD = 'invalid_argument'
const balloons = (count: number) => '🎈'.repeat(count)
/** An object whose JSON has this many bytes. */
const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) })

const messages: [string, Fields, string, string?][] = [
  ['a text of one character', { content: 'a' }, OK],
  ['the longest text, in code points', { content: balloons(4_000) }, OK],
  ['a text one longer', { content: balloons(4_001) }, BAD, 'content'],
  ['no character', { content: '' }, BAD, 'content'],
  ['nothing that is seen', { content: ' \n\u200b' }, BAD, 'content'],
  ['U+0000', { content: 'a\0b' }, BAD, 'content'],
  ['the longest nonce', { nonce: balloons(64) }, OK],
  ['a nonce one longer', { nonce: balloons(65) }, BAD, 'nonce'],
  ['an empty nonce', { nonce: '' }, BAD, 'nonce'],
  ['a nonce with U+0000', { nonce: 'a\0' }, BAD, 'nonce'],
  ['an empty id to answer', { reply_to: '' }, BAD, 'reply_to'],
  ['an id to answer that is too long', { reply_to: balloons(129) }, BAD, 'reply_to'],
  ['an id to answer with U+0000', { reply_to: 'a\0' }, BAD, 'reply_to'],
  ['the largest data', { data: ofBytes(8_192) }, OK],
  ['data one byte larger', { data: ofBytes(8_193) }, BAD, 'data'],
  ['the first year', { timestamp: '0001-01-01T00:00:00Z' }, OK],
  ['the last moment', { timestamp: '9999-12-31T23:59:59.999Z' }, OK],
]

describe.each(profiles)('every face gives the same verdict: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let channelId: string
  let inbox: Inbox
  let grpc: GrpcClients<MessagesServiceClient>
  let users: GrpcClients<UsersServiceClient>

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    channelId = (await makeServer(ana)).channelId
    inbox = (await join(ana.connect(), `channel:${channelId}`)).inbox
    const { RECADO_CORE_URLS, RECADO_CORE_PORT, RECADO_SERVICE_TOKEN, RECADO_DATA_DIR } = server.env
    const serviceToken =
      RECADO_SERVICE_TOKEN ??
      (await readFile(joinPath(RECADO_DATA_DIR ?? '', 'service-token'), 'utf8')).trim()
    const options = {
      addresses: [RECADO_CORE_URLS ?? `127.0.0.1:${RECADO_CORE_PORT}`],
      tls: undefined,
      serviceToken,
    }
    grpc = new GrpcClients(MessagesServiceClient, options)
    users = new GrpcClients(UsersServiceClient, options)
  })
  afterAll(async () => {
    inbox?.disconnect()
    grpc?.close()
    users?.close()
    await server?.stop()
  })

  const byHttp = async (fields: Fields) => {
    const { status, body } = await ana.call('POST', '/messages', { channel_id: channelId, ...fields })
    return { verdict: status < 300 ? OK : body.error?.code, fields: Object.keys(detailsOf(body.error)) }
  }
  const bySocket = async (fields: Fields) => {
    const pushed = push(inbox, 'message:send', fields)
    return pushed.then(
      () => ({ verdict: OK }),
      (error: { cause: { code: string } }) => ({ verdict: error.cause.code }),
    )
  }
  const byGrpc = async ({ content = '', nonce, reply_to: replyTo, data, timestamp, channel_id }: Fields) => {
    const request = SendMessageRequest.fromPartial({
      channelId: channel_id ?? channelId,
      content,
      nonce,
      replyTo,
      data: data && JSON.stringify(data),
      sentAt: timestamp,
    })
    return verdictOf(grpc.call((client) => client.sendMessage, request, { userId: ana.id }))
  }
  /** What the consumer does with a body of the queue before it asks core. */
  const byQueue = ({ content, timestamp, ...rest }: Fields) => {
    const payload = {
      sender_id: ana.id,
      channel_id: channelId,
      message: content,
      timestamp: timestamp ?? '2025-01-03T12:00:00Z',
      ...rest,
    }
    const decide = async () => {
      const entry = { payload: decodePayload(Buffer.from(JSON.stringify(payload))) } as never
      await validate([entry], { submit: () => Promise.resolve([permitted]) })
      const { refusal } = entry as { refusal?: { message: string } }
      if (refusal) throw new RecadoError('invalid_argument', refusal.message)
    }
    return verdictOf(decide())
  }

  it.each(messages)('%s', async (_name, given, verdict, field) => {
    const fields = { content: 'a', ...given }

    const [http, socket, grpcs, queue] = [
      await byHttp(fields),
      await bySocket(fields),
      await byGrpc(fields),
      await byQueue(fields),
    ]

    expect([http.verdict, socket.verdict, grpcs.verdict, queue.verdict]).toEqual(Array(4).fill(verdict))
    if (field === undefined) return
    expect(http.fields).toEqual([field])
    expect(grpcs.fields).toEqual([field])
  })

  it.each([
    ['the longest name', { username: balloons(31) + 'x', password: 'long enough' }, OK],
    ['a name one longer', { username: balloons(33), password: 'long enough' }, BAD, ['username']],
    ['no name', { username: '', password: 'long enough' }, BAD, ['username']],
    [
      'a blank name and a short password',
      { username: '  ', password: balloons(7) },
      BAD,
      ['password', 'username'],
    ],
    ['the longest password', { username: 'with a long one', password: balloons(256) }, OK],
    ['a password one longer', { username: 'with a longer one', password: balloons(257) }, BAD, ['password']],
  ])('signs up by HTTP as by gRPC: %s', async (_name, given, verdict, fields: string[] = []) => {
    const { status, body } = await ana.call('POST', '/users', given)
    const username = given.username && `${given.username.slice(0, -1)}y`
    const request = { username, password: given.password, requestId: '' }
    const grpcs = await verdictOf(users.call((client) => client.createUser, request))

    expect([status < 300 ? OK : body.error?.code, grpcs.verdict]).toEqual([verdict, verdict])
    expect(grpcs.fields.sort()).toEqual(fields)
  })

  it('says the limits of the contract in openapi.json', async () => {
    const { body } = await ana.call('GET', '/openapi.json')
    const schemaOf = (path: string) => {
      const { paths } = body as unknown as { paths: Record<string, Record<string, Operation>> }
      return paths[path]?.post?.requestBody.content['application/json'].schema
    }

    expect(schemaOf('/messages')?.properties).toMatchObject({
      content: { minLength: 1, maxLength: 4_000 },
      nonce: { minLength: 1, maxLength: 64 },
    })
    expect(schemaOf('/users')?.properties).toMatchObject({ password: { minLength: 8, maxLength: 256 } })
    expect(schemaOf('/messages')?.oneOf).toHaveLength(3)
  })
})

type Operation = {
  requestBody: { content: { 'application/json': { schema: { properties: object; oneOf?: object[] } } } }
}

const permitted = { outcome: { $case: 'permission' as const, value: Permission.fromPartial({}) } }

async function verdictOf(work: Promise<unknown>): Promise<{ verdict: string; fields: string[] }> {
  try {
    await work
    return { verdict: OK, fields: [] }
  } catch (thrown) {
    const error = RecadoError.from(thrown)
    return { verdict: error.code, fields: Object.keys(error.details ?? {}) }
  }
}

function detailsOf(error: object | undefined): object {
  return (error as { details?: object } | undefined)?.details ?? {}
}
