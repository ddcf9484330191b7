import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { untilFewer } from '../housekeeping.js'
import { forgetHappenings, listHappenings, readLatestHappening } from './happening-queries.js'

/** Entries in one answer. */
const MAX_ENTRIES = 1_000

/** Entries that are forgotten in one transaction. */
const FORGET_BATCH = 1_000

/** Entries, and where to go on. */
export type HappeningPage = { happenings: Happening[]; position: number; hasMore: boolean }

/** Reads the log of what `server:` and `user:` topics tell. */
export class HappeningLog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Reads entries after a position; without one, none, and the present position.
   * @throws `failed_precondition` where entries after the position are forgotten
   */
  async list(after: number | undefined): Promise<HappeningPage> {
    if (after === undefined) {
      return { happenings: [], position: await this.#database.read(readLatestHappening), hasMore: false }
    }
    const found = await this.#database.read((handle) => listHappenings(handle, after, MAX_ENTRIES + 1))
    if (after < found.forgottenTo) throw forgotten()
    const happenings = found.happenings.slice(0, MAX_ENTRIES)
    const hasMore = found.happenings.length > MAX_ENTRIES
    return { happenings, position: happenings.at(-1)?.position ?? after, hasMore }
  }

  /** Forgets entries that are older than an hour, a few at a time: nobody who reads twice a second is that far behind. */
  async forget(signal: AbortSignal): Promise<void> {
    await untilFewer(FORGET_BATCH, signal, () =>
      this.#database.write((transaction) => forgetHappenings(transaction, FORGET_BATCH)),
    )
  }
}

function forgotten(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'Entries after this position are forgotten. Have everybody who listens read anew, and go on from the present position.',
    { reason: 'HAPPENINGS_TRIMMED' },
  )
}
