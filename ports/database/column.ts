import { sql, type RawBuilder } from 'kysely'

/** The types of what is handed to statements in arrays. */
type ElementType = 'text' | 'int4' | 'int8' | 'timestamptz' | 'jsonb' | 'bytea'

/**
 * What is picked of each row that a statement takes, as an array to be unnested. The sub-select hides from the planner how many there
 * are: as long as they are few, it would take a plan for just those for cheaper and plan the statement anew each time, which takes
 * several times as long as to run it. So one plan serves all, and must be good for many rows, too.
 */
export function column<Row>(
  type: ElementType,
  rows: readonly Row[],
  pick: (row: Row) => unknown,
): RawBuilder<unknown> {
  return sql`(select ${rows.map(pick)}::${sql.raw(type)}[])`
}
