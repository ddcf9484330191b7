import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import type { Recent } from '../../ports/recent/recent.js'
import { removeChannel } from '../search/index-queries.js'
import { untilFewer } from '../housekeeping.js'
import { findDueDeletions, settleDeletion } from './deletion-queries.js'

/** Channels in hand at once. */
const MAX_CHANNELS = 100

/** Events that one call deletes: few enough for the stores to serve everybody else in between. */
const MAX_EVENTS = 500

/**
 * Makes the events of deleted channels leave the log, the index of messages and the copy of recent ones. Once a minute after the deletion, and once more after an hour: a consumer that
 * had validated before the deletion may have written after it.
 */
export class Deletions {
  readonly #database: Database
  readonly #history: History
  readonly #recent: Recent

  constructor(deps: { database: Database; history: History; recent: Recent }) {
    this.#database = deps.database
    this.#history = deps.history
    this.#recent = deps.recent
  }

  /** Deletes what is due, in small batches, until nothing is left or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = await this.#database.read((handle) => findDueDeletions(handle, MAX_CHANNELS))
      for (const deletion of due) {
        await untilFewer(MAX_EVENTS, signal, () => this.#history.forget(deletion.channelId, MAX_EVENTS))
        await untilFewer(MAX_EVENTS, signal, () =>
          this.#database.read((handle) => removeChannel(handle, deletion.channelId, MAX_EVENTS)),
        )
        if (signal.aborted) return
        await this.#recent.forget([deletion.channelId])
        await this.#database.read((handle) => settleDeletion(handle, deletion))
      }
      if (due.length < MAX_CHANNELS) return
    }
  }
}
