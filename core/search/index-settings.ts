import { sql } from 'kysely'
import { RecadoError } from '../../lib/errors.js'
import type { Handle } from '../handle.js'

/** The settings of the index, which every core must agree on; a rebuild gives them anew. */
const LANGUAGE = 'search_language'
const GENERATION = 'search_generation'

/** The configuration that words are indexed and looked up by, as part of a statement. */
export const language = sql`(select value from settings where name = ${LANGUAGE})::regconfig`

/** Counts the rebuilds, as part of a statement. */
export const generation = sql<number>`(select value from settings where name = ${GENERATION})::int4`

/**
 * Gives a new index its settings; resolves with the language of the index that is there.
 * @throws `failed_precondition` for a language that the database does not know
 */
export async function fixLanguage(handle: Handle, wanted: string): Promise<string> {
  await assertKnown(handle, wanted)
  await sql`
    insert into settings (name, value) values (${LANGUAGE}, ${wanted}), (${GENERATION}, '1')
    on conflict do nothing`.execute(handle)
  const { value } = await handle
    .selectFrom('settings')
    .select('value')
    .where('name', '=', LANGUAGE)
    .executeTakeFirstOrThrow()
  return value
}

/** Has every channel indexed anew, in this language. What is indexed stays in use until then. */
export async function beginGeneration(transaction: Handle, wanted: string): Promise<void> {
  await sql`update settings set value = (value::int4 + 1)::text where name = ${GENERATION}`.execute(
    transaction,
  )
  await sql`update settings set value = ${wanted} where name = ${LANGUAGE}`.execute(transaction)
}

async function assertKnown(handle: Handle, wanted: string): Promise<void> {
  const { rows } = await sql<{
    name: string
  }>`select cfgname as name from pg_ts_config order by cfgname`.execute(handle)
  const names = rows.map(({ name }) => name)
  if (names.includes(wanted)) return
  throw new RecadoError(
    'failed_precondition',
    `RECADO_SEARCH_LANGUAGE is \`${wanted}\`, which the database does not know. It has: ${names.join(', ')}.`,
  )
}
