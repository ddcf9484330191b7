import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import { language } from './index-settings.js'

/** What is looked for. */
export type Wanted = {
  /** Each a word, or several in their order; all must be there. */
  terms: readonly string[]
  /** Of each list of marks a message must have one. */
  marks: readonly (readonly string[])[]
  before: string | undefined
  after: string | undefined
}

/** A message that was found, and its place among all: newest first. */
export type Match = { id: string; channelId: string; place: string }

/** How long a search may take, in milliseconds: it must not hold up what messages need. */
const DEADLINE_MS = 3_000

/** Finds at most `limit` messages behind a place, newest first; in a transaction of its own, for it is given a deadline. */
export async function findMatches(
  transaction: Handle,
  { terms, marks, before, after }: Wanted,
  start: string | undefined,
  limit: number,
): Promise<Match[]> {
  await sql`select set_config('statement_timeout', ${String(DEADLINE_MS)}, true)`.execute(transaction)
  const [startAt, startId] = start === undefined ? [null, null] : fromPlace(start)
  const { rows } = await sql<{ id: string; channel_id: string; at: string }>`
    with wanted as (
      select (${toQuery(terms)}) as words, ${toMarkQuery(marks)}::tsquery as marks
    )
    select id, channel_id, to_char(sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from search_messages, wanted
    where numnode(wanted.words) > 0 and search_messages.words @@ (wanted.words && wanted.marks)
      and (${before ?? null}::timestamptz is null or sent_at < ${before ?? null}::timestamptz)
      and (${after ?? null}::timestamptz is null or sent_at >= ${after ?? null}::timestamptz)
      and (${startAt}::timestamptz is null or (sent_at, id collate "C") < (${startAt}::timestamptz, ${startId}::text))
    order by sent_at desc, id collate "C" desc limit ${limit}`.execute(transaction)
  return rows.map(({ id, channel_id: channelId, at }) => ({ id, channelId, place: toPlace(at, id) }))
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

function toQuery(terms: readonly string[]) {
  return sql.join(
    terms.map((term) => sql`phraseto_tsquery(${language}, ${term})`),
    sql` && `,
  )
}

/** In PostgreSQL's own notation, where a quote and a backslash are doubled. Empty for no marks at all. */
function toMarkQuery(marks: readonly (readonly string[])[]): string {
  const quote = (mark: string) => `'${mark.replaceAll(/['\\]/g, '$&$&')}'`
  return marks.map((alternatives) => `(${alternatives.map(quote).join('|')})`).join('&')
}

function toPlace(at: string, id: string): string {
  return `${at} ${id}`
}

function fromPlace(place: string): [string, string] {
  const end = place.indexOf(' ')
  return [place.slice(0, end), place.slice(end + 1)]
}
