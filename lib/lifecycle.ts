/**
 * A stack of named closers, run last-opened-first with all errors collected. It stands for `AsyncDisposableStack`,
 * which Node 20 lacks. Closing twice runs each closer once. What comes when it is closing already is closed at once, for a start
 * and a stop may overlap.
 */
export class Lifecycle {
  readonly #closers: { name: string; close: () => unknown }[] = []
  readonly #late = new Set<Promise<void>>()
  readonly #open = new Set<string>()
  readonly #failures: Error[] = []
  #closing: Promise<void> | undefined

  /** What is being closed now, by name: tells who waits too long what for. */
  get closing(): readonly string[] {
    return [...this.#open]
  }

  /**
   * Registers `close`, to be run before everything registered earlier; at once when this is closing or closed. Returns `resource` for
   * chaining.
   */
  use<T>(name: string, resource: T, close: (resource: T) => unknown): T {
    const closer = { name, close: () => close(resource) }
    if (this.#closing) this.#late.add(this.#run(closer))
    else this.#closers.push(closer)
    return resource
  }

  /** Runs every closer once, those that come late too. Rejects with an `AggregateError` that names those that failed. */
  close(): Promise<void> {
    this.#closing ??= this.#runAll()
    return this.#closing.then(() => this.#settle())
  }

  async #runAll(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await this.#run(closer)
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#late)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'Not everything closed cleanly.')
  }

  async #run({ name, close }: { name: string; close: () => unknown }): Promise<void> {
    this.#open.add(name)
    try {
      await close()
    } catch (cause) {
      this.#failures.push(new Error(`closing ${name} failed`, { cause }))
    }
    this.#open.delete(name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
