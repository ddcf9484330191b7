import {
  Client,
  credentials,
  status,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { createFileRegistry, fromBinary, toBinary, create, type DescMessage } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { createValidator } from '@bufbuild/protovalidate'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textChecks } from '../../core/requests/text-checks.js'
import { CoreServiceService } from '../../gen/recado/internal/v1/core_service.js'
import { DeliveriesServiceService } from '../../gen/recado/v1/deliveries_service.js'
import { HistoryServiceService } from '../../gen/recado/v1/history_service.js'
import { MessagesServiceService } from '../../gen/recado/v1/messages_service.js'
import { ServersServiceService } from '../../gen/recado/v1/servers_service.js'
import { UsersServiceService } from '../../gen/recado/v1/users_service.js'
import { fromGrpcError } from '../../lib/grpc/status.js'
import { GrpcServer } from '../../lib/grpc/server.js'

const services = [
  CoreServiceService,
  DeliveriesServiceService,
  HistoryServiceService,
  MessagesServiceService,
  ServersServiceService,
  UsersServiceService,
]

/** What a handler answers with to whatever arrives: UNIMPLEMENTED, so that it is told from what was refused before. */
const arrived = { code: status.UNIMPLEMENTED, details: 'it arrived' }

const unary = (_call: unknown, answer: (error: object) => void) => answer(arrived)

let server: GrpcServer
let client: Client

beforeAll(async () => {
  const portSetting = 'RECADO_CORE_PORT'
  server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting,
    tls: undefined,
    serviceToken: undefined,
    services: [],
    checks: textChecks,
  })
  for (const service of services) {
    const handlers = Object.entries(service).map(([name, { requestStream }]) => [
      name,
      requestStream ? echo : unary,
    ])
    server.addService(service as never, Object.fromEntries(handlers) as UntypedServiceImplementation as never)
  }
  await server.start()
  client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.stop()
})

/** Answers each request with what numbers it. */
function echo(stream: {
  on(event: string, listener: (request: { batch?: string; version?: string }) => void): void
  write(response: object): void
  end(): void
}) {
  stream.on('data', ({ batch, version }) =>
    stream.write(
      version === undefined
        ? { batch, verdicts: [] }
        : { inForce: version, events: [], outcomes: [], activity: [] },
    ),
  )
  stream.on('end', () => stream.end())
  stream.on('error', () => undefined)
}

const raw = (bytes: Buffer) => bytes
const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync('gen/descriptors.binpb')),
)

/** Sends bytes as they are; resolves to the error. */
function send(method: string, bytes: Uint8Array): Promise<ServiceError> {
  return new Promise((resolve) => {
    const took = (error: ServiceError | null) => resolve(error as ServiceError)
    client.makeUnaryRequest(method, raw, raw, Buffer.from(bytes), took)
  })
}

const inputOf = (path: string) => {
  const [, service = '', name] = path.split('/')
  return registry.getService(service)?.methods.find((each) => each.name === name)?.input as DescMessage
}

/** A field whose number is below 16. */
const varint = (field: number, ...bytes: number[]) => Buffer.from([field << 3, ...bytes])
const text = (field: number, bytes: Buffer) => Buffer.from([(field << 3) | 2, bytes.length, ...bytes])

const MAX_INT64 = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
const MIN_INT64 = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
const channel = text(1, Buffer.from('c'))
const LIST = '/recado.v1.HistoryService/ListMessages'
const EVENTS = '/recado.v1.HistoryService/ListEvents'
const SEND = '/recado.v1.MessagesService/SendMessage'

describe('what a stock client can send', () => {
  it.each([
    ['text that is not UTF-8', LIST, text(1, Buffer.from([0xc3, 0x28]))],
    ['half a message', LIST, Buffer.from([0x0a, 0x05, 0x61])],
    ['a group that never ends', LIST, Buffer.from([0x0b])],
    ['the largest int64 as a cursor', LIST, Buffer.concat([channel, varint(4, ...MAX_INT64)])],
    ['the smallest int64 as a cursor', LIST, Buffer.concat([channel, varint(3, ...MIN_INT64)])],
    ['the largest int64 as a place to begin', EVENTS, Buffer.concat([channel, varint(2, ...MAX_INT64)])],
    [
      'a time of no year',
      SEND,
      Buffer.concat([channel, text(2, Buffer.from('x')), text(6, varint(1, ...MAX_INT64))]),
    ],
  ])('is `invalid_argument`, not INTERNAL: %s', async (_name, method, bytes) => {
    expect((await send(method, bytes)).code).toBe(status.INVALID_ARGUMENT)
  })

  it('is read where it is in order, also at the edge', async () => {
    const before = Buffer.concat([channel, varint(3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)])

    expect(await send(LIST, before)).toMatchObject(arrived)
  })

  it('numbers the requests of a stream with any int64, and hears the same', async () => {
    for (const [method, field] of [
      ['/recado.v1.DeliveriesService/StreamDeliveries', 2],
      ['/recado.v1.MessagesService/ValidateMessages', 1],
    ] as const) {
      const stream = client.makeBidiStreamRequest(method, raw, raw)
      const answer = new Promise<Buffer>((resolve, reject) => stream.on('data', resolve).on('error', reject))
      stream.write(varint(field, ...MAX_INT64))

      expect(await answer).toEqual(varint(1, ...MAX_INT64))
      stream.end()
    }
  })

  it('ends a stream with `invalid_argument` where it cannot be read, and no other stream', async () => {
    const open = () => client.makeBidiStreamRequest('/recado.v1.MessagesService/ValidateMessages', raw, raw)
    const [good, bad] = [open(), open()]
    const ended = new Promise<ServiceError>((resolve) => bad.on('error', resolve))
    bad.on('data', () => undefined)

    bad.write(Buffer.from([0x12, 0x04, 0x0a, 0x02, 0xc3, 0x28]))
    expect((await ended).code).toBe(status.INVALID_ARGUMENT)

    const answered = new Promise<Buffer>((resolve) => good.on('data', resolve))
    good.write(varint(1, 7))
    expect(await answered).toEqual(varint(1, 7))
    good.end()
  })

  it('is held against every rule at once, and every field at fault is named', async () => {
    const ask = async (path: string, init: object) => {
      const input = inputOf(path)
      return fromGrpcError(await send(path, toBinary(input, create(input, init as never)))).details
    }

    const message = { channelId: '', content: 'x'.repeat(4_001), nonce: 'n'.repeat(65), replyTo: 'a\0' }
    expect(await ask(SEND, message)).toEqual({
      content: expect.stringContaining('4000'),
      nonce: expect.stringContaining('64'),
      reply_to: 'must not hold U+0000',
    })
    // A blank text breaks no rule of the contract: it is found beside those that do.
    expect(await ask(SEND, { content: ' ', nonce: 'n'.repeat(65) })).toEqual({
      content: 'must not be blank',
      nonce: expect.stringContaining('64'),
    })
    const made = { name: ' a', memberIds: ['ok', '', 'x'.repeat(129)] }
    expect(await ask('/recado.v1.ServersService/CreateServer', made)).toEqual({
      name: expect.any(String),
      'member_ids[1]': expect.any(String),
      'member_ids[2]': expect.any(String),
    })
    const user = { username: '', password: 'short', requestId: 'r'.repeat(65) }
    expect(Object.keys((await ask('/recado.v1.UsersService/CreateUser', user)) ?? {}).sort()).toEqual([
      'password',
      'request_id',
      'username',
    ])
  })

  it('counts characters as people do not: by code points, so that a balloon is one', async () => {
    const input = inputOf(SEND)
    const fits = toBinary(input, create(input, { channelId: 'c', content: '🎈'.repeat(4_000) } as never))

    expect(await send(SEND, fits)).toMatchObject(arrived)
  })

  it('meets only rules that can be evaluated', () => {
    const validator = createValidator()
    const inputs = services.flatMap((service) => Object.values(service).map(({ path }) => inputOf(path)))

    const failing = inputs.filter((input) => validator.validate(input, create(input)).kind === 'error')
    expect([inputs.length > 20, failing.map(({ typeName }) => typeName)]).toEqual([true, []])
  })
})
