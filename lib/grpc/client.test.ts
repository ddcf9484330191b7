import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  MessagesServiceClient,
  MessagesServiceService,
  type MessagesServiceServer,
} from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../errors.js'
import { GrpcClients, isRepeatable } from './client.js'
import { GrpcServer } from './server.js'
import { toGrpcStatus } from './status.js'

/** A call's deadline here: the first instance has three tenths of it. */
const DEADLINE = { deadlineMs: 3_000 }

type Answer = 'answers' | 'freezes' | 'refuses'

class Instance {
  asked = 0
  answer: Answer = 'answers'
  readonly server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'RECADO_CORE_PORT',
    tls: undefined,
    serviceToken: undefined,
    services: [],
    drainMs: 0,
  })

  async start(): Promise<string> {
    const messages = {
      getMessage: (_call, answer) => this.#say(() => answer(null, { message: undefined }), answer),
      sendMessage: (_call, answer) => this.#say(() => answer(null, {} as never), answer),
      validateMessages: (stream) => {
        this.asked++
        stream.on('error', () => undefined)
        stream.on('data', ({ batch }) => {
          if (this.answer === 'answers') stream.write({ batch, verdicts: [] })
        })
      },
    } as Pick<
      MessagesServiceServer,
      'getMessage' | 'sendMessage' | 'validateMessages'
    > as MessagesServiceServer
    this.server.addService(MessagesServiceService, messages)
    await this.server.start()
    return `127.0.0.1:${this.server.port}`
  }

  #say(answers: () => void, answer: (error: ReturnType<typeof toGrpcStatus>) => void): void {
    this.asked++
    if (this.answer === 'answers') answers()
    if (this.answer === 'refuses')
      answer(toGrpcStatus(new RecadoError('unavailable', 'The database is away.')))
  }
}

let first: Instance
let second: Instance
let clients: GrpcClients<MessagesServiceClient>

describe('two instances of a service', () => {
  beforeEach(async () => {
    first = new Instance()
    second = new Instance()
    const addresses = [await first.start(), await second.start()]
    clients = new GrpcClients(MessagesServiceClient, { addresses, tls: undefined, serviceToken: undefined })
    await Promise.all(clients.all.map(warmed))
    first.asked = 0
    second.asked = 0
  })
  afterEach(async () => {
    clients.close()
    await Promise.all([first.server.stop(), second.server.stop()])
  })

  /** The first call pays for the connection and for reading the rules; none of those here does. */
  function warmed(client: MessagesServiceClient): Promise<void> {
    return new Promise((resolve, reject) =>
      client.getMessage(request, (error) => (error ? reject(error) : resolve())),
    )
  }

  const request = { channelId: 'c', id: 'i' }
  const read = () => clients.call((client) => client.getMessage, request, DEADLINE)
  const write = () =>
    clients.call((client) => client.sendMessage, { channelId: 'c', content: 'x' } as never, DEADLINE)

  test('a read that a frozen instance has is asked of the other, and the frozen one is left alone', async () => {
    first.answer = 'freezes'
    await read()
    expect([first.asked, second.asked]).toEqual([1, 1])
    for (let call = 0; call < 10; call++) await read()
    expect([first.asked, second.asked]).toEqual([1, 11])
  })

  test('a read that one refuses for now is asked of the other', async () => {
    first.answer = 'refuses'
    await Promise.all([read(), read(), read()])
    expect(second.asked).toBeGreaterThanOrEqual(3)
  })

  test('a write is asked once: it may have happened', async () => {
    first.answer = 'freezes'
    await expect(write()).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect([first.asked, second.asked]).toEqual([1, 0])
    await write()
    await write()
    expect([first.asked, second.asked]).toEqual([1, 2])
  })

  test('a stream that was given up is opened on the other', async () => {
    first.answer = 'freezes'
    const silent = clients.open((client) => client.validateMessages)
    silent.write({ batch: '1', candidates: [] })
    silent.cancel()
    await new Promise((resolve) => silent.once('error', resolve))
    const stream = clients.open((client) => client.validateMessages)
    stream.on('error', () => undefined)
    stream.write({ batch: '1', candidates: [] })
    await new Promise((resolve) => stream.once('data', resolve))
    stream.cancel()
    expect(second.asked).toBe(1)
  })
})

test.each([
  ['/recado.v1.UsersService/VerifySession', true],
  ['/recado.v1.HistoryService/ListEvents', true],
  ['/recado.v1.ServersService/GetServer', true],
  ['/recado.v1.MessagesService/SendMessage', false],
  ['/recado.v1.ServersService/DeleteServer', false],
  ['/recado.v1.UsersService/GetterOfThings/Create', false],
])('%s may be asked twice: %s', (path, may) => expect(isRepeatable(path)).toBe(may))
