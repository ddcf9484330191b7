import { Latencies } from '../latencies.js'

/** The time now, in milliseconds, for durations only. */
export const nowMs = (): number => performance.now()

/** Durations of messages from their first send, and the clock over all of them. */
export class Meter {
  /** To the reply. */
  readonly accepted = new Latencies()
  /** To the ack. */
  readonly stored = new Latencies()
  /** Of changes, to the ack. */
  readonly changed = new Latencies()
  /** To each recipient's receipt of the event. */
  readonly delivered = new Latencies()
  #firstSentAt = Infinity
  #lastDeliveredAt = 0

  /** Starts the clock, once. */
  sent(atMs: number): void {
    this.#firstSentAt = Math.min(this.#firstSentAt, atMs)
  }

  /** Counts one receipt of a message that was sent at `sentAtMs`. */
  received(sentAtMs: number, atMs: number): void {
    this.delivered.record(atMs - sentAtMs)
    this.#lastDeliveredAt = atMs
  }

  /** From the first send to the last delivery, in seconds. */
  get seconds(): number {
    return Math.max(this.#lastDeliveredAt - this.#firstSentAt, 0) / 1_000
  }

  /** Changes whenever anything went on. */
  get progress(): number {
    return this.accepted.count + this.stored.count + this.changed.count + this.delivered.count
  }
}
