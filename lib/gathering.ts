import { RecadoError } from './errors.js'

/** What gathers parts of some kind under keys. */
export type GatheringOptions<Part, Result> = {
  /** The shortest time between two groups of one key, in milliseconds. */
  intervalMs: number
  /** How many groups of one key may wait; a part that needs one more is refused. */
  maxGroups: number
  /** How many keys may be known at once; a part that needs one more is refused. */
  maxKeys: number
  /** The two in one, where they may go together; undefined where they may not. */
  join(group: Part, part: Part): Part | undefined
  /** Hands on a group. One of each key is in hand at a time. */
  flush(key: string, group: Part): Promise<Result>
}

type Group<Part, Result> = { part: Part; result: Promise<Result>; settle: (result: Promise<Result>) => void }

/** One key: what waits, in order, and since when the next may go. */
type Line<Part, Result> = { groups: Group<Part, Result>[]; isWorking: boolean }

/** Gathers what comes fast under one key, and hands it on at a pace: the first at once, what comes within the interval after it together. */
export class Gathering<Part, Result> {
  readonly #options: GatheringOptions<Part, Result>
  readonly #lines = new Map<string, Line<Part, Result>>()
  readonly #hurry = new AbortController()

  constructor(options: GatheringOptions<Part, Result>) {
    this.#options = options
  }

  /**
   * Adds a part behind all of its key; resolves with what its group came to.
   * @throws `resource_exhausted` when too much waits already
   */
  add(key: string, part: Part): Promise<Result> {
    const line = this.#lineOf(key)
    const last = line.groups.at(-1)
    const joined = last && this.#options.join(last.part, part)
    if (last && joined !== undefined) {
      last.part = joined
      return last.result
    }
    if (line.groups.length >= this.#options.maxGroups) throw full()
    let settle: (result: Promise<Result>) => void = () => undefined
    const result = new Promise<Result>((resolve) => (settle = resolve))
    line.groups.push({ part, result, settle })
    if (!line.isWorking) void this.#work(key, line)
    return result
  }

  /** Hands on all that waits without waiting longer, and everything that comes later at once; resolves when it is done. */
  async close(): Promise<void> {
    this.#hurry.abort()
    const results = [...this.#lines.values()].flatMap(({ groups }) => groups.map(({ result }) => result))
    await Promise.allSettled(results)
  }

  #lineOf(key: string): Line<Part, Result> {
    const known = this.#lines.get(key)
    if (known) return known
    if (this.#lines.size >= this.#options.maxKeys) throw full()
    const line = { groups: [], isWorking: false }
    this.#lines.set(key, line)
    return line
  }

  async #work(key: string, line: Line<Part, Result>): Promise<void> {
    line.isWorking = true
    for (let group = line.groups.shift(); group; group = line.groups.shift()) {
      const interval = this.#interval()
      const result = this.#options.flush(key, group.part)
      group.settle(result)
      await Promise.allSettled([result, interval])
    }
    this.#lines.delete(key)
  }

  #interval(): Promise<void> {
    const { signal } = this.#hurry
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, this.#options.intervalMs)
      signal.addEventListener('abort', end)
    })
  }
}

function full(): RecadoError {
  return new RecadoError('resource_exhausted', 'Too much waits to be added. Send less often.', {
    retryAfterMs: 1_000,
  })
}
