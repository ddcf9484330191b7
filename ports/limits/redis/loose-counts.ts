import { MemoryLimits } from '../memory/memory-limits.js'
import type { Limit } from '../limits.js'

/** Tells the others of points that were taken; resolves to how long the key is to be blocked here, in milliseconds. */
export type TellOthers = (limit: Limit, key: string, points: number) => Promise<number>

/** What was taken is told so much later, all of it together, in milliseconds. */
const TELL_AFTER_MS = 25

type Untold = { limit: Limit; key: string; points: number }

/** Limits that are decided here at once. Whoever has used a quarter of the points here is counted together with the others. */
export class LooseCounts {
  readonly #tell: TellOthers
  readonly #local = new MemoryLimits()
  readonly #untold = new Map<string, Untold>()
  #timer: NodeJS.Timeout | undefined

  constructor(tell: TellOthers) {
    this.#tell = tell
  }

  /** @throws `resource_exhausted` when the points are used up, as far as is known here */
  take(limit: Limit, key: string): void {
    const used = this.#local.count(limit, key)
    const threshold = Math.ceil(limit.points / 4)
    if (used < threshold) return
    const name = `${limit.name}:${key}`
    const untold = this.#untold.get(name) ?? { limit, key, points: 0 }
    untold.points += used === threshold ? threshold : 1
    this.#untold.set(name, untold)
    this.#timer ??= setTimeout(() => void this.#tellAll(), TELL_AFTER_MS)
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#local.close()
  }

  async #tellAll(): Promise<void> {
    this.#timer = undefined
    const untold = [...this.#untold.values()]
    this.#untold.clear()
    await Promise.all(
      untold.map(async ({ limit, key, points }) => {
        const blockMs = await this.#tell(limit, key, points)
        if (blockMs > 0) this.#local.block(limit, key, blockMs)
      }),
    )
  }
}
