import { once } from 'node:events'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CommandKind,
  type Candidate,
  type ValidateMessagesRequest,
  type ValidateMessagesResponse,
  type Verdict,
} from '../../gen/recado/v1/messages_service.js'
import { ErrorCode, type Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { fromGrpcError } from '../../lib/grpc/status.js'
import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { storeMessages } from './stored-messages.js'

type Stream = ClientDuplexStream<ValidateMessagesRequest, ValidateMessagesResponse>

/** Collects answers until the stream ends; rejects with what it ended with. */
async function collect(stream: Stream): Promise<ValidateMessagesResponse[]> {
  const responses: ValidateMessagesResponse[] = []
  stream.on('data', (response: ValidateMessagesResponse) => responses.push(response))
  await once(stream, 'end').catch((error: unknown) => {
    throw fromGrpcError(error)
  })
  return responses
}

/** A database that fails when it is told to. */
function breakable(database: Database) {
  const state = { isBroken: false }
  const broken = () => Promise.reject(new RecadoError('unavailable', 'The database is away.'))
  const port: Database = {
    read: (work) => (state.isBroken ? broken() : database.read(work)),
    write: (work) => (state.isBroken ? broken() : database.write(work)),
    maintain: (work) => (state.isBroken ? broken() : database.maintain(work)),
    ping: () => (state.isBroken ? broken() : database.ping()),
    close: () => database.close(),
  }
  return { port, state }
}

describe.each(profiles)('core: validation (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let stranger: SignedIn
  let server: Server
  let other: Server
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    stranger = await program.signUp()
    server = await program.createServer(ana)
    other = await program.createServer(ana, [stranger])
    await program.clients.servers.call(
      (client) => client.updateModeration,
      { serverId: server.id, blockedWords: ['spam'] },
      { userId: ana.id },
    )
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  function open(from = program): Stream {
    const { messages } = from.clients
    return messages.open((client) => client.validateMessages)
  }

  function candidate(fields: Partial<Candidate> = {}): Candidate {
    const channelId = server.announcementChannelId
    const kind = CommandKind.COMMAND_KIND_MESSAGE
    return { kind, senderId: ana.id, channelId, content: 'Olá, mundo!', moderated: false, ...fields }
  }

  async function ask(candidates: Candidate[], from = program): Promise<Verdict[]> {
    const stream = open(from)
    const answered = collect(stream)
    stream.write({ batch: '1', candidates })
    stream.end()
    const [response] = await answered
    return response?.verdicts ?? []
  }

  async function codesOf(candidates: Candidate[]): Promise<(ErrorCode | string | undefined)[]> {
    return (await ask(candidates)).map(({ outcome }) =>
      outcome?.$case === 'permission' ? outcome.value.serverId : outcome?.value.code,
    )
  }

  it('decides each candidate of a batch, in their order', async () => {
    expect(
      await codesOf([
        candidate(),
        candidate({ senderId: stranger.id }),
        candidate({ senderId: stranger.id, channelId: other.announcementChannelId }),
        candidate({ content: ' ' }),
        candidate({ content: 'x'.repeat(5_000) }),
        candidate({ content: 'a\0b' }),
        candidate({ content: 'SPAM!' }),
        candidate({ content: 'SPAM!', moderated: true }),
        candidate({ content: 'spam', channelId: other.announcementChannelId }),
        candidate({ channelId: 'nothing' }),
        candidate({ channelId: 'a\0b' }),
        candidate({ senderId: '' }),
        candidate({ senderId: 'nobody' }),
      ]),
    ).toEqual([
      server.id,
      ErrorCode.ERROR_CODE_NOT_FOUND,
      other.id,
      ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
      ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
      ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
      ErrorCode.ERROR_CODE_PERMISSION_DENIED,
      server.id,
      other.id,
      ErrorCode.ERROR_CODE_NOT_FOUND,
      ErrorCode.ERROR_CODE_NOT_FOUND,
      ErrorCode.ERROR_CODE_NOT_FOUND,
      ErrorCode.ERROR_CODE_NOT_FOUND,
    ])
  })

  it('refuses what a session left in the queue when it was signed out, and only that', async () => {
    const { users } = program.clients
    const verify = (token: string) => users.call((client) => client.verifySession, { token })
    const request = { username: ana.username, password: 'correct horse' }
    const second = await users.call((client) => client.createSession, request)
    const [kept, gone] = [await verify(ana.token), await verify(second.token)]
    await users.call((client) => client.deleteSession, { token: second.token }, { userId: ana.id })
    const another = await verify((await program.signUp()).token)
    const denied = ErrorCode.ERROR_CODE_PERMISSION_DENIED

    expect(
      await codesOf([
        candidate({ sessionId: kept.sessionId }),
        candidate({ sessionId: gone.sessionId }),
        candidate(),
        candidate({ sessionId: 'nothing' }),
        candidate({ sessionId: gone.sessionId, moderated: true }),
        candidate({ sessionId: another.sessionId }),
      ]),
    ).toEqual([server.id, denied, server.id, denied, denied, denied])
  })

  it('lets a message answer only what is stored in its channel, up to the head', async () => {
    const channelId = (await program.createServer(ana)).announcementChannelId
    const [first, second] = await storeMessages(ports, { channelId, senderId: ana.id, count: 2, head: 1 })
    const reply = (replyTo: string | undefined, to = channelId) => candidate({ channelId: to, replyTo })

    const verdicts = await ask([
      reply(first?.id),
      reply(second?.id),
      reply('nothing'),
      reply(''),
      reply('a\0b'),
      reply(undefined),
      reply(first?.id, server.announcementChannelId),
    ])

    const [, past, ...others] = verdicts.map(({ outcome }) =>
      outcome?.$case === 'refusal' ? outcome.value.reason : 'permitted',
    )
    const refused = 'REPLY_TO_NOT_FOUND'
    expect(verdicts[0]?.outcome?.$case).toBe('permission')
    expect([past, ...others]).toEqual([refused, refused, refused, refused, 'permitted', refused])
  })

  it('lets changes pass only of what is stored in the channel and the user may change', async () => {
    const channelId = (await program.createServer(ana, [stranger])).announcementChannelId
    const [first, second] = await storeMessages(ports, {
      channelId,
      senderId: stranger.id,
      count: 2,
      head: 1,
    })
    const { COMMAND_KIND_EDIT, COMMAND_KIND_APPEND, COMMAND_KIND_DELETE } = CommandKind
    const { COMMAND_KIND_REACT, COMMAND_KIND_UNREACT } = CommandKind
    const change = (kind: CommandKind, { id }: { id: string }, messageId = first?.id) =>
      candidate({ channelId, kind, senderId: id, messageId, content: 'x', emoji: '👍' })

    const verdicts = await ask([
      change(COMMAND_KIND_EDIT, stranger),
      change(COMMAND_KIND_APPEND, stranger),
      change(COMMAND_KIND_DELETE, stranger),
      change(COMMAND_KIND_EDIT, ana),
      change(COMMAND_KIND_DELETE, ana),
      change(COMMAND_KIND_REACT, ana),
      change(COMMAND_KIND_UNREACT, ana),
      change(COMMAND_KIND_REACT, ana, second?.id),
      change(COMMAND_KIND_DELETE, ana, 'nothing'),
      candidate({ kind: COMMAND_KIND_EDIT, channelId }),
    ])

    const permitted = (mayManage: boolean) => ({ serverId: expect.any(String) as string, mayManage })
    const notFound = { code: ErrorCode.ERROR_CODE_NOT_FOUND, reason: 'MESSAGE_NOT_FOUND' }
    expect(verdicts.map(({ outcome }) => outcome?.value)).toMatchObject([
      permitted(false),
      permitted(false),
      permitted(false),
      { code: ErrorCode.ERROR_CODE_PERMISSION_DENIED, reason: 'MISSING_PERMISSION' },
      permitted(true),
      permitted(true),
      permitted(true),
      notFound,
      notFound,
      permitted(true),
    ])
  })

  it('says of an answer that it is unchecked while the log hangs: who stores it finds out', async () => {
    const history: History = Object.create(ports.history, {
      find: { value: () => new Promise<never>(() => undefined) },
    }) as History
    await using slow = await CoreProgram.start({ ...ports, history })

    const verdicts = await ask([candidate({ replyTo: 'nothing' }), candidate({})], slow)

    expect(verdicts.map(({ outcome }) => outcome)).toMatchObject([
      { $case: 'permission', value: { replyToUnchecked: true } },
      { $case: 'permission', value: { replyToUnchecked: false } },
    ])
  })

  it('moderates every candidate of a server, not only the first', async () => {
    const texts = ['fine', 'spam', 'fine too', 'more spam']
    const writers = [await program.signUp(), await program.signUp()]
    for (const { id } of writers) {
      const request = { serverId: server.id, userId: id }
      await program.clients.servers.call((client) => client.addMember, request, { userId: ana.id })
    }
    const codes = await codesOf(
      [ana, ...writers].flatMap(({ id }) => texts.map((content) => candidate({ senderId: id, content }))),
    )
    const denied = ErrorCode.ERROR_CODE_PERMISSION_DENIED
    const each = [server.id, denied, server.id, denied]
    expect(codes).toEqual([...each, ...each, ...each])
  })

  it('answers a thousand candidates at once, and an empty batch', async () => {
    const candidates = Array.from({ length: 1_000 }, (_, index) => candidate({ content: `message ${index}` }))
    expect(new Set(await codesOf(candidates))).toEqual(new Set([server.id]))
    expect(await codesOf([])).toEqual([])
  })

  it('refuses more than a thousand and ends the stream', async () => {
    await expect(codesOf(Array.from({ length: 1_001 }, () => candidate()))).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  it('answers many batches of one stream, each once, then ends with the caller', async () => {
    const stream = open()
    const answered = collect(stream)
    const batches = Array.from({ length: 100 }, (_, index) => index + 1)
    for (const batch of batches) {
      stream.write({ batch: `${batch}`, candidates: Array.from({ length: batch % 7 }, () => candidate()) })
    }
    stream.end()

    const responses = await answered

    expect(responses.map(({ batch }) => Number(batch)).sort((a, b) => a - b)).toEqual(batches)
    for (const { batch, verdicts } of responses) expect(verdicts).toHaveLength(Number(batch) % 7)
  })

  it('forgets a caller who went away, and serves the next', async () => {
    const stream = open()
    stream.on('error', () => undefined)
    stream.write({ batch: '1', candidates: [candidate()] })
    stream.cancel()
    await once(stream, 'close').catch(() => undefined)

    expect(await codesOf([candidate()])).toEqual([server.id])
  })

  it('ends the stream with unavailable while the database is away, and answers when it is back', async () => {
    const { port, state } = breakable(ports.database)
    await using shaky = await CoreProgram.start({ ...ports, database: port })
    state.isBroken = true
    const lost = open(shaky)
    const ended = collect(lost)
    lost.write({ batch: '1', candidates: [candidate()] })
    await expect(ended).rejects.toMatchObject({ code: 'unavailable', retryable: true })

    state.isBroken = false
    const stream = open(shaky)
    const answered = collect(stream)
    stream.write({ batch: '1', candidates: [candidate()] })
    stream.end()
    expect(await answered).toHaveLength(1)
  })

  it('ends open streams with unavailable when core stops', async () => {
    const stopping = await CoreProgram.start(ports)
    const stream = open(stopping)
    const ended = collect(stream)
    stream.write({ batch: '1', candidates: [candidate()] })
    await once(stream, 'data')

    const expected = expect(ended).rejects.toMatchObject({
      code: 'unavailable',
      message: 'This server is stopping. Ask another.',
    })
    await stopping[Symbol.asyncDispose]()
    await expected
  })
})
