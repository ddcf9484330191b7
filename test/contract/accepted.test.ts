import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toMessageId } from '../../contract/ids.js'
import { contentOf } from '../../contract/commands.js'
import { decodePayload, encodePayload } from '../../contract/payload.js'
import { migrate } from '../../core/schema/migrate.js'
import { Event } from '../../gen/recado/v1/types.js'
import { checkText } from '../../lib/text.js'
import type { Database } from '../../ports/database/database.js'
import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import type { Heads } from '../../ports/heads/heads.js'
import type { History } from '../../ports/history/history.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import type { Recent } from '../../ports/recent/recent.js'
import { freshMongoUrl, freshName, runs, type Fresh } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'
import { freshRedisRecent } from '../support/recents.js'

type Stores = { heads: Heads; history: History; recent: Recent; addChannels(ids: string[]): Promise<unknown> }

if (runs('embedded')) acceptedContract('embedded', embedded)
if (runs('full', 'DATABASE_URL', 'MONGODB_URL', 'REDIS_URL')) acceptedContract('full', full)

/** What is let through at the door is kept, as it is, by every store that comes behind it. */
function acceptedContract(profile: string, make: () => Promise<Fresh<Stores>>): void {
  describe(`an accepted payload: ${profile}`, () => {
    let fresh: Fresh<Stores>

    beforeAll(async () => {
      fresh = await make()
    })
    afterAll(() => fresh.drop())

    it('is kept as it was by every store', { timeout: 120_000 }, async () => {
      const bodies = [...strange, ...fc.sample(anyPayload, { numRuns: 300, seed: 7 })]
      const events = bodies.flatMap((body) => toEvents(Buffer.from(JSON.stringify(body))))
      const { heads, history, recent, addChannels } = fresh.value
      await addChannels(events.map(({ channelId }) => channelId))

      await history.append(events)
      await heads.raise(events.map(toRaise), [])
      for (const event of events)
        await recent.append([{ channelId: event.channelId, epoch: 'e', events: [event] }])

      const read = await heads.read(events.map(({ channelId }) => channelId))
      expect(events.length).toBeGreaterThan(150)
      for (const event of events) {
        const { id, channelId } = event
        expect(read.get(channelId)?.seq).toBe(1)
        expect(await history.find([{ channelId, id }])).toEqual([event])
        expect(await history.latest(channelId, 9)).toEqual([event])
        expect(await recent.read(channelId, 'e', 1, 1)).toEqual([event])
      }
    })
  })
}

const four = { sender_id: 's', channel_id: 'c', message: 'm', timestamp: '2025-01-03T12:00:00Z' }
const strange = [
  { ...four, timestamp: '0001-01-01T00:00:00Z' },
  { ...four, timestamp: '0099-12-31T23:59:59.999Z' },
  { ...four, timestamp: '1969-12-31T23:59:59.999Z' },
  { ...four, timestamp: '1800-01-01T00:00:00+00:19' },
  { ...four, timestamp: '9999-12-31T23:59:59.999Z' },
  { ...four, timestamp: '9999-12-31T23:59:59-00:01' },
  { ...four, timestamp: '0000-06-01T00:00:00Z' },
  { ...four, timestamp: '2024-02-30T00:00:00Z' },
  { ...four, timestamp: '2024-02-29T24:00:00Z' },
  { ...four, timestamp: '2016-12-31T23:59:60Z' },
  { ...four, nonce: '\u{10FFFF}'.repeat(64), reply_to: '\uFFFF'.repeat(128), attempt: '\u0001\u0002\u007F' },
  { ...four, message: '\u0001\u0008\u001F\uFFFE\uFEFF x '.repeat(200) },
  { ...four, data: { $set: { 'a.b': null }, __proto__: 1, text: '\u0000\ud800 é' } },
  { ...four, message: '"\\\'$$a.b{}', sender_id: '$where', attempt: '__proto__' },
]

const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength })
const anyTime = fc
  .tuple(...[9_999, 13, 32, 25, 60, 60, 999].map((max) => fc.integer({ min: 0, max })))
  .chain(([y, mo, d, h, mi, s, ms]) =>
    fc.constantFrom('Z', '+14:00', '-23:59').map((offset) => {
      const two = (part = 0) => String(part).padStart(2, '0')
      return `${String(y).padStart(4, '0')}-${two(mo)}-${two(d)}T${two(h)}:${two(mi)}:${two(s)}.${ms}${offset}`
    }),
  )
const anyPayload = fc.record(
  {
    sender_id: text(130),
    message: text(50),
    timestamp: anyTime,
    nonce: text(70),
    reply_to: text(130),
    attempt: text(130),
    data: fc.dictionary(text(20), fc.jsonValue()),
    sent_at: fc.constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59.5Z'),
  },
  { requiredKeys: ['sender_id', 'message', 'timestamp'] },
)

let channels = 0

/** The event of a body, in a channel of its own; none where it is refused. */
function toEvents(body: Buffer): Event[] {
  try {
    const json = { ...(JSON.parse(body.toString()) as object), channel_id: `${freshName()}-${++channels}` }
    const command = decodePayload(encodePayload(decodePayload(Buffer.from(JSON.stringify(json)))))
    const { channelId, senderId, timestamp, nonce, replyTo, attempt, data, sentAt } = command
    const message = contentOf(command.command)
    if (checkText(message, 4_000)) return []
    const id = toMessageId({ channelId, senderId, nonce, attempt })
    const place = { id, channelId, seq: 1, count: 1 }
    const value = { ...place, senderId, content: message, timestamp, nonce, replyTo, data, sentAt }
    return [Event.fromPartial({ ...place, attempt, epoch: 'e', what: { $case: 'message', value } })]
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_argument' })
    return []
  }
}

function toRaise({ id, channelId, seq, count, what }: Event) {
  return {
    channelId,
    seq,
    count,
    lastMessage: { id, at: what?.$case === 'message' ? (what.value.timestamp ?? '') : '' },
  }
}

async function embedded(): Promise<Fresh<Stores>> {
  const database = await freshPglite()
  const history = await openPgliteHistory(database.value)
  return stores({ database, history: { value: history, drop: async () => {} }, recent: memory() })
}

async function full(): Promise<Fresh<Stores>> {
  const url = await freshMongoUrl()
  const history = openMongoHistory({ url: url.value })
  return stores({
    database: await freshPostgres(),
    history: { value: history, drop: () => history.close().then(url.drop) },
    recent: await freshRedisRecent(),
  })
}

function memory(): Fresh<Recent> {
  const recent = new MemoryRecent()
  return { value: recent, drop: () => recent.close() }
}

async function stores(made: {
  database: Fresh<Database>
  history: Fresh<History>
  recent: Fresh<Recent>
}): Promise<Fresh<Stores>> {
  const { database, history, recent } = made
  await migrate(database.value)
  const rows = (ids: string[]) => ids.map((id) => ({ id, server_id: null, name: 'c', epoch: 'e' }))
  const addChannels = (ids: string[]) =>
    database.value.write((transaction) => transaction.insertInto('channels').values(rows(ids)).execute())
  return {
    value: {
      heads: new DatabaseHeads(database.value),
      history: history.value,
      recent: recent.value,
      addChannels,
    },
    drop: async () => {
      await Promise.all([history.drop(), recent.drop()])
      await database.drop()
    },
  }
}
