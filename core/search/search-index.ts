import type { GetSearchLagResponse } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { readLag } from './index-queries.js'
import { beginGeneration, fixLanguage } from './index-settings.js'
import type { Indexer } from './indexer.js'

/** The index as a whole: in which language it is, and how far. */
export class SearchIndex {
  readonly #database: Database
  readonly #indexer: Indexer
  readonly #language: string
  readonly #log: Log

  constructor(deps: { database: Database; indexer: Indexer; language: string; log: Log }) {
    this.#database = deps.database
    this.#indexer = deps.indexer
    this.#language = deps.language
    this.#log = deps.log
  }

  /**
   * Gives a new index its language, and tells the log where one that is there has another.
   * @throws `failed_precondition` for a language that the database does not know
   */
  async prepare(): Promise<void> {
    const current = await this.#database.read((handle) => fixLanguage(handle, this.#language))
    if (current === this.#language) return
    this.#log.warn(
      { current, wanted: this.#language },
      'the index of messages is in another language than RECADO_SEARCH_LANGUAGE says: run `recado search rebuild`',
    )
  }

  /** Has every channel indexed anew, in the language that is set here. */
  async rebuild(): Promise<void> {
    await this.#database.write((transaction) => beginGeneration(transaction, this.#language))
    this.#indexer.lookSoon()
  }

  /** How much is not indexed yet. */
  async lag(): Promise<GetSearchLagResponse> {
    const { channels, behind, events } = await this.#database.read(readLag)
    return { channels, channelsBehind: behind, eventsBehind: events }
  }
}
