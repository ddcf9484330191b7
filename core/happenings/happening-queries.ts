import { sql, type Selectable } from 'kysely'
import { Happening } from '../../gen/recado/internal/v1/happening.js'
import type { HappeningsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import {
  forgetEntries,
  forgottenTo,
  latestPositionIn,
  listEntries,
  lockLogs,
  readLatestPositionIn,
  type PositionLog,
} from '../position-log.js'

/** What happened, in one topic's words. */
export type What = NonNullable<Happening['what']>

/** Something that a topic is to tell. */
export type Told = { topic: Topic; what: What }

/** A topic that tells what is in the log. */
export type Topic = `server:${string}` | `user:${string}`

const log: PositionLog = {
  table: 'happenings',
  forgottenSetting: 'happenings_forgotten',
  keptFor: '1 hour',
}

/** The position of the log's newest entry, as part of a statement; 0 while there is none. */
export const latestHappening = latestPositionIn(log)

/**
 * Adds to the log what topics are to tell, inside the transaction that makes it so, in this order. Take row locks before it: it locks
 * the log until the transaction ends, for a reader must never see a position before a lower one.
 */
export async function insertHappenings(transaction: Handle, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return
  await lockLogs(transaction)
  const rows = told.map(({ topic, what }) => ({ topic, body: encode(what) }))
  await transaction.insertInto('happenings').values(rows).execute()
}

/** Reads the position of the newest entry; 0 while there is none. */
export function readLatestHappening(handle: Handle): Promise<number> {
  return readLatestPositionIn(handle, log)
}

/** Entries after a position, oldest first, and the newest position that is forgotten already. */
export async function listHappenings(
  handle: Handle,
  after: number,
  limit: number,
): Promise<{ happenings: Happening[]; forgottenTo: number }> {
  const found = await listEntries<Selectable<HappeningsTable>>(handle, log, after, limit)
  const happenings = found.entries.map(({ position, topic, body }) => ({
    ...Happening.decode(body),
    position,
    topic,
  }))
  return { happenings, forgottenTo: found.forgottenTo }
}

/** Whether a topic has told something after a position, or may have, as part of a statement; null: nothing was heard. */
export function hasToldAfter(topic: ReturnType<typeof sql>, since: ReturnType<typeof sql>) {
  return sql<boolean>`(
    ${since} is null or ${since} < ${forgottenTo(log)}
    or exists (select 1 from happenings where topic = ${topic} and position > ${since})
  )`
}

/** Forgets at most `limit` entries that are older than an hour, but never the newest. Resolves with how many. */
export function forgetHappenings(transaction: Handle, limit: number): Promise<number> {
  return forgetEntries(transaction, log, limit)
}

function encode(what: What): Buffer {
  return Buffer.from(Happening.encode({ position: 0, topic: '', what }).finish())
}
