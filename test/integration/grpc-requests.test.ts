import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HistoryServiceService, type HistoryServiceServer } from '../../gen/recado/v1/history_service.js'
import { MessagesServiceService, type MessagesServiceServer } from '../../gen/recado/v1/messages_service.js'
import { GrpcServer } from '../../lib/grpc/server.js'

/** Answers whatever arrives, so that what is refused was refused before. */
const history = {
  listMessages: (_call, answer) => answer(null, { messages: [], head: undefined, hasMore: false }),
} as Pick<HistoryServiceServer, 'listMessages'> as HistoryServiceServer
const messages = {
  validateMessages: (stream) => {
    stream.on('data', ({ batch }) => stream.write({ batch, verdicts: [] }))
    stream.on('end', () => stream.end())
    stream.on('error', () => undefined)
  },
} as Pick<MessagesServiceServer, 'validateMessages'> as MessagesServiceServer

let server: GrpcServer
let client: Client

beforeAll(async () => {
  server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'RECADO_CORE_PORT',
    tls: undefined,
    serviceToken: undefined,
    services: [],
  })
  server.addService(HistoryServiceService, history)
  server.addService(MessagesServiceService, messages)
  await server.start()
  client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.stop()
})

const raw = (bytes: Buffer) => bytes

/** Sends bytes as they are; resolves to the status. */
function send(method: string, bytes: Buffer): Promise<{ code: status; details: string }> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, raw, raw, bytes, (error: ServiceError | null) =>
      resolve({ code: error?.code ?? status.OK, details: error?.details ?? '' }),
    )
  })
}

/** A field whose number is below 16. */
const varint = (field: number, ...bytes: number[]) => Buffer.from([field << 3, ...bytes])
const text = (field: number, bytes: Buffer) => Buffer.from([(field << 3) | 2, bytes.length, ...bytes])

const MAX_INT64 = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
const channel = text(1, Buffer.from('c'))

describe('what a stock client can send', () => {
  it.each([
    ['text that is not UTF-8', text(1, Buffer.from([0xc3, 0x28]))],
    ['half a message', Buffer.from([0x0a, 0x05, 0x61])],
    ['a group that never ends', Buffer.from([0x0b])],
    ['the largest int64 as a cursor', Buffer.concat([channel, varint(4, ...MAX_INT64)])],
  ])('is `invalid_argument`, not INTERNAL: %s', async (_name, bytes) => {
    const { code } = await send('/recado.v1.HistoryService/ListMessages', bytes)

    expect(code).toBe(status.INVALID_ARGUMENT)
  })

  it('is read where it is in order', async () => {
    const { code } = await send('/recado.v1.HistoryService/ListMessages', channel)

    expect(code).toBe(status.OK)
  })

  it('ends a stream with `invalid_argument` where it is not in order, and no other stream', async () => {
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
})
