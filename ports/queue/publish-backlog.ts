import { RecadoError } from '../../lib/errors.js'

/** How many messages may be on their way to the queue at once. */
const MAX_MESSAGES = 10_000

/** How many bytes of them. */
const MAX_BYTES = 64 * 1024 * 1024

/** Bounds what one process has handed to the queue and not yet heard of: 10,000 messages, 64 MiB. */
export class PublishBacklog {
  #messages = 0
  #bytes = 0

  /** Makes room for a message. @throws RecadoError `resource_exhausted` when there is none. */
  add(body: Buffer): void {
    if (this.#messages >= MAX_MESSAGES || this.#bytes + body.length > MAX_BYTES) {
      throw new RecadoError(
        'resource_exhausted',
        'Too many messages wait for the queue. Send it again a little later.',
      )
    }
    this.#messages += 1
    this.#bytes += body.length
  }

  /** Gives the room of a message back. */
  remove(body: Buffer): void {
    this.#messages -= 1
    this.#bytes -= body.length
  }
}
