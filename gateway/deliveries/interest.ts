/** Who is told of the interest. */
export interface InterestedStream {
  /** Changes the interest; resolves when it is in force, or can no longer be. */
  change(add: readonly string[], remove: readonly string[]): Promise<void>
}

/** What this gateway wants to hear of, told to every stream; changes of one turn of the loop travel together. */
export class Interest {
  readonly #streams: () => Iterable<InterestedStream>
  readonly #channels = new Set<string>()
  #added = new Set<string>()
  #removed = new Set<string>()
  #pending: Promise<void> | undefined

  /** `streams` names those that are there now. */
  constructor(streams: () => Iterable<InterestedStream>) {
    this.#streams = streams
  }

  /** The channels that are wanted now. */
  channels(): Iterable<string> {
    return this.#channels
  }

  /** Wants a channel; resolves when it is in force on every stream that is open. */
  add(channelId: string): Promise<void> {
    this.#channels.add(channelId)
    this.#removed.delete(channelId)
    this.#added.add(channelId)
    return this.#flush()
  }

  /** No longer wants a channel. */
  remove(channelId: string): void {
    this.#channels.delete(channelId)
    this.#added.delete(channelId)
    this.#removed.add(channelId)
    void this.#flush()
  }

  #flush(): Promise<void> {
    this.#pending ??= new Promise((resolve) => {
      setImmediate(() => {
        const [added, removed] = [[...this.#added], [...this.#removed]]
        this.#added = new Set()
        this.#removed = new Set()
        this.#pending = undefined
        const told = [...this.#streams()].map((stream) => stream.change(added, removed))
        void Promise.all(told).then(() => resolve())
      })
    })
    return this.#pending
  }
}
