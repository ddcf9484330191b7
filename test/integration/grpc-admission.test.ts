import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { createFileRegistry } from '@bufbuild/protobuf'
import {
  Client,
  credentials,
  Metadata,
  status,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MessagesServiceService, type MessagesServiceServer } from '../../gen/recado/v1/messages_service.js'
import { answerReflection } from '../../lib/grpc/reflection.js'
import { GrpcServer } from '../../lib/grpc/server.js'

const raw = (bytes: Buffer) => bytes
const VALIDATE = '/recado.v1.MessagesService/ValidateMessages'

let server: GrpcServer
let client: Client
let streams = 0

beforeAll(async () => {
  server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'RECADO_CORE_PORT',
    tls: undefined,
    serviceToken: 'geheim',
    services: ['recado.v1.MessagesService'],
  })
  const messages = {
    validateMessages: (stream) => {
      streams++
      stream.on('error', () => undefined)
      stream.on('data', ({ batch }) => stream.write({ batch, verdicts: [] }))
      stream.on('end', () => stream.end())
    },
  } as Pick<MessagesServiceServer, 'validateMessages'> as MessagesServiceServer
  server.addService(MessagesServiceService, messages)
  await server.start()
  client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.stop()
})

function withToken(token: string | undefined): Metadata {
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  return metadata
}

/** Calls a method with these bytes; resolves to its status. */
function call(method: string, token: string | undefined, bytes = Buffer.alloc(0)): Promise<status> {
  return new Promise((resolve) =>
    client.makeUnaryRequest(method, raw, raw, bytes, withToken(token), (error: ServiceError | null) =>
      resolve(error?.code ?? status.OK),
    ),
  )
}

/** Opens a stream and says nothing; resolves to the status that it ends with. */
async function openStream(method: string, token: string | undefined): Promise<status> {
  const stream = client.makeBidiStreamRequest(method, raw, raw, withToken(token))
  stream.on('data', () => undefined)
  const [error] = (await once(stream, 'error')) as [ServiceError]
  return error.code
}

describe('the service token', () => {
  it.each([undefined, '', 'wrong', 'geheim2'])(
    'without it a stream ends before it says a word: %s',
    async (token) => {
      const before = streams
      expect(await openStream(VALIDATE, token)).toBe(status.UNAUTHENTICATED)
      expect(streams).toBe(before)
    },
  )

  it('a body that could not be read is not read without it', async () => {
    const unreadable = Buffer.from([0x0a, 0xff])
    expect(await call('/recado.v1.MessagesService/SendMessage', undefined, unreadable)).toBe(
      status.UNAUTHENTICATED,
    )
    expect(await call('/recado.v1.MessagesService/SendMessage', 'geheim', unreadable)).toBe(
      status.INVALID_ARGUMENT,
    )
  })

  it('opens channelz, which needs it', async () => {
    const method = '/grpc.channelz.v1.Channelz/GetServers'
    expect(await call(method, undefined)).toBe(status.UNAUTHENTICATED)
    expect(await call(method, 'geheim')).toBe(status.OK)
  })

  it('is not needed for health', async () => {
    expect(await call('/grpc.health.v1.Health/Check', undefined)).toBe(status.OK)
  })
})

describe('calls without a token', () => {
  const watches: ClientReadableStream<Buffer>[] = []
  const watch = () => {
    const stream = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', raw, raw, Buffer.alloc(0))
    watches.push(stream)
    return new Promise<status>((resolve) => {
      stream.on('data', () => resolve(status.OK))
      stream.on('error', (error: ServiceError) => resolve(error.code))
    })
  }
  afterEach(() => watches.splice(0).forEach((stream) => stream.cancel()))

  it('are a few at once; when one ends there is room for another', async () => {
    const opened = await Promise.all(Array.from({ length: 16 }, watch))
    expect(opened).toEqual(Array(16).fill(status.OK))
    expect(await watch()).toBe(status.RESOURCE_EXHAUSTED)
    expect(await call(VALIDATE, 'geheim')).not.toBe(status.RESOURCE_EXHAUSTED)

    watches.shift()?.cancel()
    await expect.poll(watch).toBe(status.OK)
  })
})

it('reflection reads no further question before its answer has left', async () => {
  const request = { host: '', messageRequest: { $case: 'listServices', value: '' } }
  const sent: (() => void)[] = []
  const stream = new Duplex({
    objectMode: true,
    read: () => undefined,
    write: (_answer, _encoding, done) => void sent.push(done),
  })
  answerReflection(stream as never, createFileRegistry(), [])
  for (let question = 0; question < 100; question++) stream.push({ ...request })
  await new Promise(setImmediate)
  expect(sent.length).toBe(1)
  sent[0]?.()
  await new Promise(setImmediate)
  expect(sent.length).toBe(2)
  stream.destroy()
})

it('reflection does not send long names back', async () => {
  const answers: { messageResponse: unknown; originalRequest: unknown }[] = []
  const stream = new Duplex({
    objectMode: true,
    read: () => undefined,
    write: (answer: (typeof answers)[number], _encoding, done) => {
      answers.push(answer)
      done()
    },
  })
  answerReflection(stream as never, createFileRegistry(), [])
  stream.push({ host: '', messageRequest: { $case: 'fileContainingSymbol', value: 'x'.repeat(1_025) } })
  await new Promise(setImmediate)
  expect(answers[0]?.messageResponse).toMatchObject({ value: { errorCode: status.INVALID_ARGUMENT } })
  expect(JSON.stringify(answers).length).toBeLessThan(400)
  stream.destroy()
})
