import { FrameRun } from './frame-run.js'

/** What has frames to write at the end of this tick. `flush` must not throw. */
export interface Flushable {
  flush(): void
}

/**
 * Writes what connections gathered in a tick, once, at the tick's end: everything that one turn of the event loop brings a
 * socket becomes one write. One flusher serves all connections of a server.
 */
export class Flusher {
  #dirty: Flushable[] = []
  #empty = FrameRun.empty()

  /** Has `flushable` flushed at the end of this tick. Returns the empty run, shared so that equal runs meet. */
  enlist(flushable: Flushable): FrameRun {
    if (this.#dirty.length === 0) setImmediate(this.#flush)
    this.#dirty.push(flushable)
    return this.#empty
  }

  readonly #flush = (): void => {
    const dirty = this.#dirty
    this.#dirty = []
    this.#empty = FrameRun.empty()
    for (const flushable of dirty) flushable.flush()
  }
}
