import { RecadoError } from './errors.js'

/** How a batch is done, and how much may wait. */
export type NaturalBatchesOptions<Item, Result> = {
  /** Does a batch; resolves with a result for each item, in their order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Items in one batch. */
  maxItems: number
  /** Items that may wait; beyond it they are refused. */
  maxWaiting: number
}

type Waiting<Item, Result> = {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** Gathers what comes while a batch is being done into the next one: no timer, and no waiting while there is little to do. */
export class NaturalBatches<Item, Result> {
  readonly #options: NaturalBatchesOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #isRunning = false

  constructor(options: NaturalBatchesOptions<Item, Result>) {
    this.#options = options
  }

  /**
   * Does one item, with others. Rejects with what its batch rejects with.
   * @throws `resource_exhausted` when too much waits
   */
  submit(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting)
      return Promise.reject(
        new RecadoError('resource_exhausted', 'Too much waits to be done. Try again shortly.', {
          retryAfterMs: 1_000,
        }),
      )
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) await this.#runOne(this.#waiting.splice(0, this.#options.maxItems))
    this.#isRunning = false
  }

  async #runOne(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, nth) => resolve(results[nth] as Result))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
