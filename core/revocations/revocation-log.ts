import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { Database } from '../../ports/database/database.js'
import { listRevocations, readLatestPosition } from './revocation-queries.js'

/** Entries in one answer. */
const MAX_ENTRIES = 1_000

/** Entries, and where to go on. */
export type RevocationPage = { revocations: Revocation[]; position: number; hasMore: boolean }

/** Reads the log of lost rights. */
export class RevocationLog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Reads entries after a position; without one, none, and the present position. */
  async list(after: number | undefined): Promise<RevocationPage> {
    if (after === undefined) {
      return { revocations: [], position: await this.#database.read(readLatestPosition), hasMore: false }
    }
    const revocations = await this.#database.read((handle) => listRevocations(handle, after, MAX_ENTRIES))
    const hasMore = revocations.length === MAX_ENTRIES
    return { revocations, position: revocations.at(-1)?.position ?? after, hasMore }
  }
}
