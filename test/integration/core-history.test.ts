import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptRef } from '../../gen/recado/internal/v1/core_service.js'
import type { ListMessagesRequest } from '../../gen/recado/v1/history_service.js'
import { ErrorCode, type Message } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Recent } from '../../ports/recent/recent.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { ListEventsResponse, ListMessagesResponse } from '../../gen/recado/v1/history_service.js'
import { storeMessages, toEvent } from './stored-messages.js'

type Cursor = ListMessagesRequest['cursor']

const cursors: [string, Cursor, number][] = [
  ['no cursor', undefined, 0],
  ['no cursor, one message', undefined, 1],
  ['before 0', { $case: 'before', value: 0 }, 10],
  ['before 31', { $case: 'before', value: 31 }, 10],
  ['before what is past the head', { $case: 'before', value: 10_000 }, 10],
  ['after 0', { $case: 'after', value: 0 }, 10],
  ['after 51', { $case: 'after', value: 51 }, 10],
  ['after the head', { $case: 'after', value: 55 }, 10],
  ['around 0', { $case: 'around', value: 0 }, 10],
  ['around 30', { $case: 'around', value: 30 }, 11],
  ['around the head', { $case: 'around', value: 55 }, 10],
]

/** The event of a message as it is read: with the channel's epoch. */
const ofNow =
  (epoch = '') =>
  (message: Message) => ({ ...toEvent(message), epoch })

const brokenRecent: Recent = {
  append: () => Promise.reject(new RecadoError('unavailable', 'The copy is away.')),
  read: () => Promise.reject(new RecadoError('unavailable', 'The copy is away.')),
  forget: () => Promise.reject(new RecadoError('unavailable', 'The copy is away.')),
  ping: () => Promise.reject(new RecadoError('unavailable', 'The copy is away.')),
  close: () => Promise.resolve(),
}

describe.each(profiles)('core: history (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let stranger: SignedIn
  let channelId: string
  let messages: Message[]
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    stranger = await program.signUp()
    channelId = (await program.createServer(ana)).announcementChannelId
    messages = await storeMessages(ports, { channelId, senderId: ana.id, count: 60, head: 55 })
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const list = (cursor: Cursor, limit: number, { by = ana, of = channelId, from = program } = {}) =>
    from.clients.history.call(
      (client) => client.listMessages,
      { channelId: of, limit, cursor },
      { userId: by.id },
    )
  const listEvents = (since: number, limit: number, { of = channelId, from = program } = {}) =>
    from.clients.history.call((client) => client.listEvents, {
      channelId: of,
      since,
      limit,
      epoch: undefined,
    })
  const listHeads = (channelIds: string[]) =>
    program.clients.core.call((client) => client.listHeads, { channelIds })
  const listOutcomes = (attempts: AttemptRef[]) =>
    program.clients.core.call((client) => client.listOutcomes, { attempts })
  const seqsOf = (page: { messages: Message[] }) => page.messages.map(({ seq }) => seq)
  const range = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index)

  it('reads pages in every direction, whole messages, oldest first', async () => {
    const newest = await list(undefined, 3)
    expect(newest.messages).toEqual(messages.slice(52, 55))
    expect(newest.head).toEqual({ epoch: expect.stringMatching(/./), seq: 55 })
    expect(newest.hasMore).toBe(true)

    expect(seqsOf(await list(undefined, 0))).toEqual(range(6, 55))
    expect(seqsOf(await list({ $case: 'before', value: 31 }, 10))).toEqual(range(21, 30))
    expect(seqsOf(await list({ $case: 'after', value: 31 }, 10))).toEqual(range(32, 41))
    expect(seqsOf(await list({ $case: 'around', value: 30 }, 10))).toEqual(range(26, 35))
    expect(await list({ $case: 'after', value: 54 }, 10)).toMatchObject({ hasMore: false })
    expect(seqsOf(await list({ $case: 'after', value: 54 }, 10))).toEqual([55])
    expect(await list({ $case: 'before', value: 3 }, 10)).toMatchObject({ hasMore: false })
  })

  it('gives the same answer from the log, from the copy of recent events, and while the copy is away', async () => {
    const read = (from: CoreProgram) =>
      Promise.all([
        ...cursors.map(([, cursor, limit]) => list(cursor, limit, { from })),
        ...[0, 30, 54, 55, 99].map((since) => listEvents(since, 10, { from })),
        listEvents(0, 0, { from }),
      ])
    const fromLog = await read(program)

    const { epoch } = fromLog[0]?.head ?? { epoch: '' }
    await ports.recent.append([{ channelId, epoch, events: messages.map(toEvent) }])
    expect(await ports.recent.read(channelId, epoch, 1, 55)).toHaveLength(55)
    const fromCopy = await read(program)

    await using lame = await CoreProgram.start({ ...ports, recent: brokenRecent })
    const withoutCopy = await read(lame)

    expect(fromCopy).toEqual(fromLog)
    expect(withoutCopy).toEqual(fromLog)
  })

  it('reads recent pages and events from the copy alone', async () => {
    const of = (await program.createServer(ana)).announcementChannelId
    const [head] = (await listHeads([of])).heads
    const stored = await storeMessages(ports, { channelId: of, senderId: ana.id, count: 3 })
    const told = stored.map((message) => ({ ...message, content: `${message.content}, as the copy has it` }))
    await ports.recent.append([{ channelId: of, epoch: head?.head?.epoch ?? '', events: told.map(toEvent) }])

    expect((await list(undefined, 2, { of })).messages).toEqual(told.slice(1))
    expect((await list({ $case: 'after', value: 0 }, 10, { of })).messages).toEqual(told)
    expect((await listEvents(1, 0, { of })).events).toEqual(told.slice(1).map(ofNow(head?.head?.epoch)))
  })

  it('does not trust a copy of another epoch', async () => {
    const of = (await program.createServer(ana)).announcementChannelId
    const stored = await storeMessages(ports, { channelId: of, senderId: ana.id, count: 3 })
    const wrong = stored.map((message) => ({ ...message, content: 'of another epoch' }))
    await ports.recent.append([{ channelId: of, epoch: 'another', events: wrong.map(toEvent) }])

    expect((await list(undefined, 10, { of })).messages).toEqual(stored)
    const { events, head } = await listEvents(0, 10, { of })
    expect(events).toEqual(stored.map(ofNow(head?.epoch)))
  })

  it('reads an empty channel', async () => {
    const of = (await program.createServer(ana)).announcementChannelId
    const empty = { head: { epoch: expect.stringMatching(/./), seq: 0 } }
    expect(await list(undefined, 10, { of })).toEqual({ messages: [], hasMore: false, ...empty })
    expect(await listEvents(0, 10, { of })).toEqual({ events: [], hasMore: false, ...empty })
  })

  it('refuses a bad limit or cursor, and whoever is no member', async () => {
    for (const limit of [-1, 101])
      await expect(list(undefined, limit)).rejects.toMatchObject({ code: 'invalid_argument' })
    for (const $case of ['before', 'after', 'around'] as const)
      await expect(list({ $case, value: -1 }, 1)).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(list(undefined, 1, { by: stranger })).rejects.toMatchObject({ code: 'not_found' })
    await expect(list(undefined, 1, { of: 'nothing' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(list(undefined, 1, { of: 'a\0b' })).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('reads events after a seq, in order, up to the head', async () => {
    const { events, head } = await listEvents(53, 10)
    expect(events).toEqual(messages.slice(53, 55).map(ofNow(head?.epoch)))
    expect(head?.seq).toBe(55)
    expect((await listEvents(0, 2)).events.map(({ seq }) => seq)).toEqual([1, 2])
    expect((await listEvents(99, 2)).events).toEqual([])

    for (const limit of [-1, 1_001])
      await expect(listEvents(0, limit)).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(listEvents(-1, 1)).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(listEvents(0, 1, { of: 'nothing' })).rejects.toMatchObject({ code: 'not_found' })
    for (const of of ['', 'a\0b'])
      await expect(listEvents(0, 1, { of })).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('cuts what it answers at 1 MiB, and says that there is more', async () => {
    const of = (await program.createServer(ana)).announcementChannelId
    const content = '🎈'.repeat(4_000)
    await storeMessages(ports, { channelId: of, senderId: ana.id, count: 150, content })
    const seqs: number[] = []
    for (let hasMore = true; hasMore;) {
      const page = await listEvents(seqs.at(-1) ?? 0, 0, { of })
      expect(ListEventsResponse.encode(page).finish().length).toBeLessThan(1024 * 1024 + 100)
      seqs.push(...page.events.map(({ seq }) => seq))
      hasMore = page.hasMore
    }
    expect(seqs).toEqual(range(1, 150))

    for (const cursor of [undefined, { $case: 'after', value: 0 }, { $case: 'around', value: 75 }] as const) {
      const page = await list(cursor, 100, { of })
      expect(ListMessagesResponse.encode(page).finish().length).toBeLessThan(1024 * 1024 + 100)
      expect(page.hasMore).toBe(true)
      expect(page.messages.length).toBeGreaterThan(60)
    }
    expect(seqsOf(await list(undefined, 100, { of })).at(-1)).toBe(150)
    expect(seqsOf(await list({ $case: 'after', value: 0 }, 100, { of }))[0]).toBe(1)
    expect(seqsOf(await list({ $case: 'around', value: 75 }, 100, { of }))).toContain(75)
  })

  it('tells a reader of another epoch that seqs may have been given twice', async () => {
    const { head } = await listEvents(0, 1)
    const read = (epoch: string | undefined) =>
      program.clients.history.call((client) => client.listEvents, { channelId, since: 0, limit: 1, epoch })

    expect((await read(head?.epoch)).events).toHaveLength(1)
    await expect(read('another')).rejects.toMatchObject({
      code: 'failed_precondition',
      reason: 'EPOCH_CHANGED',
    })
  })

  it('reads the heads of the channels that are there', async () => {
    const { heads } = await listHeads([channelId, 'nothing'])
    expect(heads).toEqual([{ channelId, head: { epoch: expect.stringMatching(/./), seq: 55 } }])
    expect(await listHeads([])).toEqual({ heads: [] })
    await expect(listHeads(Array.from({ length: 10_001 }, () => 'x'))).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  it('tells what became of attempts: stored, repeated, refused, or nothing yet', async () => {
    const [first, past] = [messages[0], messages[59]]
    const ref = (id: string | undefined, attempt: string) => ({ id: id ?? '', channelId, attempt })
    const refused = ref('refused-1', 'attempt-1')
    await ports.heads.raise(
      [],
      [
        {
          ...refused,
          code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
          reason: 'BLOCKED_WORD',
          message: 'Not this one.',
        },
      ],
    )

    const own = ref(first?.id, `attempt of ${first?.id}`)
    const another = ref(first?.id, 'another')
    const { outcomes } = await listOutcomes([
      own,
      another,
      refused,
      ref('refused-1', 'attempt-2'),
      ref(past?.id, `attempt of ${past?.id}`),
      ref('nothing', 'attempt-3'),
      { ...own, channelId: 'nothing' },
    ])

    const stored = { seq: 1, timestamp: first?.timestamp }
    expect(outcomes).toEqual([
      { ...own, result: { $case: 'stored', value: { ...stored, duplicate: false } } },
      { ...another, result: { $case: 'stored', value: { ...stored, duplicate: true } } },
      {
        ...refused,
        result: {
          $case: 'refused',
          value: {
            code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
            reason: 'BLOCKED_WORD',
            message: 'Not this one.',
          },
        },
      },
    ])
    expect(await listOutcomes([])).toEqual({ outcomes: [] })
    await expect(listOutcomes(Array.from({ length: 101 }, () => own))).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
