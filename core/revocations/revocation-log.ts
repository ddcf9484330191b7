import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { untilFewer } from '../housekeeping.js'
import { forgetRevocations, listRevocations, readLatestPosition } from './revocation-queries.js'

/** Entries in one answer. */
const MAX_ENTRIES = 1_000

/** Entries that are forgotten in one transaction. */
const FORGET_BATCH = 1_000

/** Entries, and where to go on. */
export type RevocationPage = { revocations: Revocation[]; position: number; hasMore: boolean }

/** Reads the log of lost rights. */
export class RevocationLog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Reads entries after a position; without one, none, and the present position.
   * @throws `failed_precondition` where entries after the position are forgotten
   */
  async list(after: number | undefined): Promise<RevocationPage> {
    if (after === undefined) {
      return { revocations: [], position: await this.#database.read(readLatestPosition), hasMore: false }
    }
    const found = await this.#database.read((handle) => listRevocations(handle, after, MAX_ENTRIES + 1))
    if (after < found.forgottenTo) throw forgotten()
    const revocations = found.revocations.slice(0, MAX_ENTRIES)
    const hasMore = found.revocations.length > MAX_ENTRIES
    return { revocations, position: revocations.at(-1)?.position ?? after, hasMore }
  }

  /** Forgets entries that are older than a day, a few at a time: nobody who reads twice a second is that far behind. */
  async forget(signal: AbortSignal): Promise<void> {
    await untilFewer(FORGET_BATCH, signal, () =>
      this.#database.write((transaction) => forgetRevocations(transaction, FORGET_BATCH)),
    )
  }
}

function forgotten(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'Entries after this position are forgotten. Check everybody who is connected anew, and read on from the present position.',
    { reason: 'REVOCATIONS_TRIMMED' },
  )
}
