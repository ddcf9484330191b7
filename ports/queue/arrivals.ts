import type { Delivery, TakeLimits } from './queue.js'

/** Deliveries of a session that have arrived and wait to be taken, in order. Its owner bounds what it pushes. */
export class Arrivals {
  #deliveries: Delivery[] = []
  #wake: (() => void) | undefined

  /** Whether there is nothing to take. */
  get isEmpty(): boolean {
    return this.#deliveries.length === 0
  }

  /** Adds a delivery and wakes who waits. */
  push(delivery: Delivery): void {
    this.#deliveries.push(delivery)
    this.wake()
  }

  /** Removes and returns the first ones up to the limits, and the first one in any case. */
  cut(limits: TakeLimits): Delivery[] {
    let bytes = 0
    const end = this.#deliveries.findIndex((delivery, index) => {
      bytes += delivery.body.length
      return index > 0 && (index >= limits.maxItems || bytes > limits.maxBytes)
    })
    return this.#deliveries.splice(0, end === -1 ? this.#deliveries.length : end)
  }

  /** Forgets what has not been taken. */
  clear(): void {
    this.#deliveries = []
    this.wake()
  }

  /** Resolves at the next wake. One waits at a time. */
  changed(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Wakes who waits in {@link changed}. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
