import { sql, type Kysely } from 'kysely'
import { column } from '../../database/column.js'
import type { MigrationSet } from '../../database/migrations.js'
import type { Schema } from '../../database/schema.js'
import type { DeadLetter, QueueName } from '../queue.js'

/** A connection of the database port, in a transaction or not. */
export type Handle = Kysely<Schema>

/** A queue's name in the table: a partition's number, `inbox`, or `dead`. */
export type LineName = QueueName | 'dead'

/** A message as the table holds it. Positions rise in the order of publishing, over all queues. */
export type Row = { line: LineName; position: number; body: Buffer; messageId: string | undefined }

/** A message's place. */
export type Place = { line: LineName; position: number }

/** A message that becomes a dead letter, at a new position. */
export type Burial = { from: Place; position: number; reason: string }

/** A dead letter and its position. */
export type DeadRow = DeadLetter & { position: number }

/** How far a queue is. */
export type LineEnd = { line: LineName; tail: number; bytes: number }

/** The table `queue_messages`. Folders from before it had versions hold it, so the first takes what it finds. */
export const queueMigrations: MigrationSet = {
  table: 'queue_migrations',
  steps: [{ name: 'initial', up: createTable }],
}

async function createTable(handle: Handle): Promise<void> {
  await sql`create table if not exists queue_messages (
    queue text not null,
    position int8 not null,
    body bytea not null,
    message_id bytea,
    reason text,
    primary key (queue, position)
  )`.execute(handle)
}

/** How far each queue is, of those that hold anything. */
export async function readEnds(handle: Handle): Promise<LineEnd[]> {
  const { rows } = await sql<{ queue: string; tail: number; bytes: number }>`
    select queue, max(position) as tail, sum(length(body))::int8 as bytes from queue_messages group by queue`.execute(
    handle,
  )
  return rows.map(({ queue, tail, bytes }) => ({ line: toLineName(queue), tail, bytes }))
}

/** Reads the messages of a queue after a position, in order. */
export async function readRows(handle: Handle, line: LineName, after: number, limit: number): Promise<Row[]> {
  const { rows } = await sql<{ position: number; body: Buffer; message_id: Buffer | null }>`
    select position, body, message_id from queue_messages
    where queue = ${String(line)} and position > ${after} order by position limit ${limit}`.execute(handle)
  return rows.map(({ position, body, message_id }) => ({
    line,
    position,
    body,
    messageId: message_id?.toString(),
  }))
}

/** Reads dead letters after a position, the oldest first. */
export async function readDead(handle: Handle, after: number, limit: number): Promise<DeadRow[]> {
  const { rows } = await sql<{
    position: number
    body: Buffer
    message_id: Buffer | null
    reason: string | null
  }>`
    select position, body, message_id, reason from queue_messages
    where queue = 'dead' and position > ${after} order by position limit ${limit}`.execute(handle)
  return rows.map(({ position, body, message_id, reason }) => ({
    position,
    body,
    bytes: body.length,
    messageId: message_id?.toString(),
    reason: reason ?? '',
  }))
}

/** Removes a dead letter. Resolves with the bytes of its body; 0 where it was gone already. */
export async function removeDead(handle: Handle, position: number): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    delete from queue_messages where queue = 'dead' and position = ${position}
    returning length(body) as bytes`.execute(handle)
  return rows[0]?.bytes ?? 0
}

/** Removes the oldest dead letters, at least so many bytes of them but never more than 1,000. Resolves with the size of each. */
export async function removeOldestDead(handle: Handle, bytes: number): Promise<number[]> {
  const { rows } = await sql<{ bytes: number }>`
    delete from queue_messages using (
      select position, sum(bytes) over (order by position) - bytes as before from (
        select position, length(body) as bytes from queue_messages
        where queue = 'dead' order by position limit 1000
      ) as oldest
    ) as sized
    where queue = 'dead' and queue_messages.position = sized.position and before < ${bytes}
    returning length(body) as bytes`.execute(handle)
  return rows.map((row) => row.bytes)
}

/** Adds messages and removes others, in one statement. Removing what is not there changes nothing. */
export async function changeRows(
  handle: Handle,
  added: readonly Row[],
  removed: readonly Place[],
): Promise<void> {
  if (added.length === 0) await toDelete(removed).execute(handle)
  else if (removed.length === 0) await toInsert(added).execute(handle)
  else await sql`with gone as (${toDelete(removed)}) ${toInsert(added)}`.execute(handle)
}

/** The bodies go as one value, cut up by the database: an array of them would be written in hexadecimal and parsed again. */
function toInsert(rows: readonly Row[]) {
  const lengths = rows.map(({ body }) => body.length)
  let end = 1
  const starts = lengths.map((length) => (end += length) - length)
  return sql`insert into queue_messages (queue, position, body, message_id)
    select queue, position, substring(${Buffer.concat(rows.map(({ body }) => body))}::bytea from start for length), message_id
    from unnest(
      ${column('text', rows, ({ line }) => String(line))},
      ${column('int8', rows, ({ position }) => position)},
      ${column('int4', starts, (start) => start)},
      ${column('int4', lengths, (length) => length)},
      ${column('bytea', rows, ({ messageId }) => (messageId === undefined ? null : Buffer.from(messageId)))}
    ) as added (queue, position, start, length, message_id)`
}

/** By whole keys: a range of positions makes PGlite read the whole table. */
function toDelete(places: readonly Place[]) {
  return sql`delete from queue_messages using unnest(
      ${column('text', places, ({ line }) => String(line))},
      ${column('int8', places, ({ position }) => position)}
    ) as removed (queue, position)
    where queue_messages.queue = removed.queue and queue_messages.position = removed.position`
}

/** Turns a message into a dead letter. */
export async function buryRow(handle: Handle, { from, position, reason }: Burial): Promise<void> {
  await sql`update queue_messages set queue = 'dead', position = ${position}, reason = ${reason.replaceAll('\0', '\uFFFD')}
    where queue = ${String(from.line)} and position = ${from.position}`.execute(handle)
}

function toLineName(queue: string): LineName {
  return queue === 'inbox' || queue === 'dead' ? queue : Number(queue)
}
