/**
 * Runs `work` on every item, begun in order, at most `limit` of them at once. The first failure begins no more items
 * and is thrown when it happens.
 */
export async function eachBounded<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = numbered(items)
  const worker = async () => {
    for (const [item, index] of queue) await work(item, index)
  }
  await Promise.all(Array.from({ length: limit }, worker))
}

function* numbered<T>(items: Iterable<T>): Generator<[T, number]> {
  let index = 0
  for (const item of items) yield [item, index++]
}

/** A counting semaphore: at most `limit` slots are taken at once, given in the order asked. */
export class Slots {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(limit: number) {
    this.#free = limit
  }

  /** Resolves when a slot is the caller's. */
  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Gives one slot back, to the one who has waited longest. */
  give(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
