import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { decide } from './message-rules.js'
import { readWriteRights } from './write-rights.js'

/** Candidates in one batch. */
export const MAX_CANDIDATES = 1_000

/** Decides messages that somebody wants to write. */
export class Validator {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Decides a batch with one query; the verdicts are in the order of the candidates.
   * @throws `invalid_argument` for more than {@link MAX_CANDIDATES}, `unavailable`
   */
  async validate(candidates: readonly Candidate[]): Promise<Verdict[]> {
    if (candidates.length > MAX_CANDIDATES) {
      throw new RecadoError(
        'invalid_argument',
        `A batch has at most ${MAX_CANDIDATES.toLocaleString('en')} candidates, not ${candidates.length}.`,
      )
    }
    const rights = await this.#database.read((handle) => readWriteRights(handle, candidates))
    return candidates.map((candidate) => decide(candidate, rights.get(candidate)))
  }
}
