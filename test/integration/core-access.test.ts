import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoreServiceService } from '../../gen/recado/internal/v1/core_service.js'
import { HistoryServiceService } from '../../gen/recado/v1/history_service.js'
import { MessagesServiceService } from '../../gen/recado/v1/messages_service.js'
import { ServersServiceService } from '../../gen/recado/v1/servers_service.js'
import { UsersServiceService } from '../../gen/recado/v1/users_service.js'
import { ServerReflectionService } from '../../gen/grpc/reflection/v1/reflection.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, SERVICE_TOKEN } from './core-program.js'

const services = [
  ...[UsersServiceService, ServersServiceService, MessagesServiceService, HistoryServiceService],
  CoreServiceService,
]
const methods = services.flatMap((service) => Object.values(service).map((method) => ({ path: method.path })))

const withoutUser = new Set([
  ...['CreateUser', 'CreateSession', 'VerifySession', 'ListRevocations', 'GetQueueLayout'],
  ...['ValidateMessages', 'AuthorizeJoins', 'ListEvents', 'ListHeads', 'ListOutcomes'],
  ...['GetOutcome', 'VerifySessions', 'ListHappenings'],
])

/** Calls with an empty request, which is no bytes, and resolves with the status. */
function callEmpty(client: Client, path: string, metadata: Metadata): Promise<status> {
  const nothing = () => Buffer.alloc(0)
  const stream = client.makeBidiStreamRequest(path, nothing, (bytes) => bytes, metadata, {
    deadline: Date.now() + 5_000,
  })
  return new Promise((resolve) => {
    stream.on('data', () => undefined)
    stream.on('error', (error: ServiceError) => resolve(error.code))
    stream.on('status', ({ code }: { code: status }) => resolve(code))
    stream.write({})
    stream.end()
  })
}

describe.each(profiles)('core: who may call (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let client: Client
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    client = new Client(`127.0.0.1:${program.core.port}`, credentials.createInsecure())
  })
  afterAll(async () => {
    client?.close()
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  it('refuses every call without the service token, or with another', async () => {
    const wrong = new Metadata()
    wrong.set('authorization', `Bearer ${SERVICE_TOKEN}x`)
    wrong.set('recado-user-id', 'ana')
    for (const { path } of methods) {
      expect([path, await callEmpty(client, path, new Metadata())]).toEqual([path, status.UNAUTHENTICATED])
      expect([path, await callEmpty(client, path, wrong)]).toEqual([path, status.UNAUTHENTICATED])
    }
    expect(methods.length).toBeGreaterThan(40)
  })

  it('refuses calls on behalf of nobody, but for those that need nobody', async () => {
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${SERVICE_TOKEN}`)
    metadata.set('recado-user-id', '')
    for (const { path } of methods) {
      const code = await callEmpty(client, path, metadata)
      const name = path.slice(path.lastIndexOf('/') + 1)
      // What an empty request lacks may be told before.
      if (!withoutUser.has(name) && !path.startsWith('/recado.internal.'))
        expect([name, code === status.UNAUTHENTICATED || code === status.INVALID_ARGUMENT]).toEqual([
          name,
          true,
        ])
      // An empty name or token opens nothing either.
      else if (!/Session$/.test(name)) expect([name, code]).not.toEqual([name, status.UNAUTHENTICATED])
    }
  })

  it('answers health checks and reflection without a token', async () => {
    const health = '/grpc.health.v1.Health/Check'
    expect(await callEmpty(client, health, new Metadata())).toBe(status.OK)
    const reflection = ServerReflectionService.serverReflectionInfo.path
    expect(await callEmpty(client, reflection, new Metadata())).toBe(status.OK)
  })

  it('answers what it does not know with unimplemented, and goes on', async () => {
    expect(await callEmpty(client, '/recado.v1.UsersService/Nothing', new Metadata())).toBe(
      status.UNIMPLEMENTED,
    )
    expect(await program.core.isReady()).toBe(true)
  })
})
