import type { ConsumerStream } from './consumer-stream.js'

/** What this gateway wants to hear of, told to every consumer; changes of one turn of the loop travel together. */
export class Interest {
  readonly #channels = new Set<string>()
  #added = new Set<string>()
  #removed = new Set<string>()
  #pending: Promise<void> | undefined
  #streams: readonly ConsumerStream[] = []

  /** Names the streams; called once, before the first change. */
  connect(streams: readonly ConsumerStream[]): void {
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
        void Promise.all(this.#streams.map((stream) => stream.change(added, removed))).then(() => resolve())
      })
    })
    return this.#pending
  }
}
