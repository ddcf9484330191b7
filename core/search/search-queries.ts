import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import { language } from './index-settings.js'

/** What is looked for. */
export type Wanted = {
  /** Each a word, or several in their order; all must be there. */
  terms: readonly string[]
  /** Of each list of marks a message must have one. */
  marks: readonly (readonly string[])[]
  /** The only channel, which a mark names too. */
  channelId: string
  before: string | undefined
  after: string | undefined
}

/** A message that was found, and its place among all: newest first. */
export type Match = { id: string; channelId: string; place: string }

/** How long a search may take, in milliseconds: it must not hold up what messages need. */
const DEADLINE_MS = 3_000

/**
 * Finds at most `limit` messages behind a place, newest first; in a transaction of its own, for it is given a deadline. By what PostgreSQL
 * knows of how often words come, it looks up those that hold them, or goes back in time until there are enough: a word in every
 * message costs no more than one in few.
 */
export async function findMatches(
  transaction: Handle,
  { terms, marks, channelId, before, after }: Wanted,
  start: string | undefined,
  limit: number,
): Promise<Match[]> {
  await sql`select set_config('statement_timeout', ${String(DEADLINE_MS)}, true)`.execute(transaction)
  const words = await readQuery(transaction, terms)
  if (words === '') return []
  const wanted = [
    `(${words})`,
    ...marks.map((alternatives) => `(${alternatives.map(quote).join('|')})`),
  ].join('&')
  const [startAt, startId] = start === undefined ? [] : fromPlace(start)
  const conditions = [
    sql`words @@ ${wanted}::tsquery`,
    ...(channelId ? [sql`channel_id = ${channelId}`] : []),
    ...(before === undefined ? [] : [sql`sent_at < ${before}::timestamptz`]),
    ...(after === undefined ? [] : [sql`sent_at >= ${after}::timestamptz`]),
    ...(startAt === undefined
      ? []
      : [sql`(sent_at, id collate "C") < (${startAt}::timestamptz, ${startId}::text)`]),
  ]
  const { rows } = await sql<{ id: string; channel_id: string; at: string }>`
    select id, channel_id, to_char(sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from search_messages where ${sql.join(conditions, sql` and `)}
    order by sent_at desc, id collate "C" desc limit ${limit}`.execute(transaction)
  return rows.map(({ id, channel_id, at }) => ({ id, channelId: channel_id, place: toPlace(at, id) }))
}

/** The servers and directs of a user, at most `limit` of each. */
export async function listScopes(
  handle: Handle,
  userId: string,
  limit: number,
): Promise<{ serverIds: string[]; directIds: string[] }> {
  const { rows } = await sql<{ server_ids: string[]; direct_ids: string[] }>`
    select
      array(select server_id from members where user_id = ${userId} limit ${limit}) as server_ids,
      array(select channel_id from direct_members where user_id = ${userId} limit ${limit}) as direct_ids`.execute(
    handle,
  )
  return { serverIds: rows[0]?.server_ids ?? [], directIds: rows[0]?.direct_ids ?? [] }
}

/** The terms in PostgreSQL's own notation, as the language of the index takes them; empty where it takes none for a word. */
async function readQuery(handle: Handle, terms: readonly string[]): Promise<string> {
  const phrases = terms.map((term) => sql`phraseto_tsquery(${language}, ${term})`)
  const { rows } = await sql<{
    words: string
  }>`select (${sql.join(phrases, sql` && `)})::text as words`.execute(handle)
  return rows[0]?.words ?? ''
}

/** In PostgreSQL's own notation, where a quote and a backslash are doubled. */
function quote(mark: string): string {
  return `'${mark.replaceAll(/['\\]/g, '$&$&')}'`
}

function toPlace(at: string, id: string): string {
  return `${at} ${id}`
}

function fromPlace(place: string): [string, string] {
  const end = place.indexOf(' ')
  return [place.slice(0, end), place.slice(end + 1)]
}
