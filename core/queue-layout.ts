import { RecadoError } from '../lib/errors.js'
import type { Database } from '../ports/database/database.js'
import { DEFAULT_PARTITIONS, type CoreConfig } from './config.js'

const SETTING = 'partitions'

/** What is said of partitions. */
export type PartitionsConfig = Pick<CoreConfig, 'partitions' | 'defaultPartitions'>

/**
 * Fixes how many partitions the queue has: what was fixed before, else what is configured, else the default.
 * @throws `failed_precondition` when something else is configured than was fixed: a channel would change its partition, and order be lost.
 */
export async function fixPartitions(
  database: Database,
  { partitions: configured, defaultPartitions = DEFAULT_PARTITIONS }: PartitionsConfig,
): Promise<number> {
  const { value } = await database.write(async (transaction) => {
    await transaction
      .insertInto('settings')
      .values({ name: SETTING, value: String(configured ?? defaultPartitions) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    return transaction
      .selectFrom('settings')
      .select('value')
      .where('name', '=', SETTING)
      .executeTakeFirstOrThrow()
  })
  const partitions = Number(value)
  if (configured !== undefined && configured !== partitions) throw otherPartitions(partitions, configured)
  return partitions
}

function otherPartitions(partitions: number, configured: number): RecadoError {
  return new RecadoError(
    'failed_precondition',
    `The queue has ${partitions} partitions, but RECADO_PARTITIONS says ${configured}. Set it to ${partitions}, or leave it out.`,
  )
}
