/**
 * A stack of named closers, run last-opened-first with all errors collected. It stands for `AsyncDisposableStack`,
 * which Node 20 lacks. Closing twice runs each closer once.
 */
export class Lifecycle {
  readonly #closers: { name: string; close: () => unknown }[] = []
  #closing: Promise<void> | undefined

  /** Registers `close`, to be run before everything registered earlier. Returns `resource` for chaining. */
  use<T>(name: string, resource: T, close: (resource: T) => unknown): T {
    this.#closers.push({ name, close: () => close(resource) })
    return resource
  }

  /** Runs every closer once. Rejects with an `AggregateError` that names those that failed. */
  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  async #run(): Promise<void> {
    const failures: Error[] = []
    for (const { name, close } of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (cause) {
        failures.push(new Error(`closing ${name} failed`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything closed cleanly.')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
