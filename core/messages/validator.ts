import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import type { Database } from '../../ports/database/database.js'
import { assertBatch } from '../requests/batch-rules.js'
import { decide } from './message-rules.js'
import { readWriteRights } from './write-rights.js'

/** Decides messages that somebody wants to write. */
export class Validator {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Decides a batch with one query; the verdicts are in the order of the candidates.
   * @throws `invalid_argument` for too large a batch, `unavailable`
   */
  async validate(candidates: readonly Candidate[]): Promise<Verdict[]> {
    assertBatch(candidates)
    const rights = await this.#database.read((handle) => readWriteRights(handle, candidates))
    return candidates.map((candidate) => decide(candidate, rights.get(candidate)))
  }
}
