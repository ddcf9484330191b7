import type { Duplex } from 'node:stream'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { RefusedConnection, type ConnectParams, type SocketHandler } from '../handler.js'
import type { Refusal } from './refuse.js'

/** How asking the handler ended. */
export type Verdict<C> = { state: C } | Refusal

/**
 * The upgrade requests that the handler is being asked about. Each is bounded in time and ends when its client leaves,
 * whatever the handler does.
 */
export class Admission<C> {
  readonly #handler: Pick<SocketHandler<C>, 'connect'>
  readonly #timeoutMs: number
  readonly #log: Log
  /** What ends the asking, for each. */
  readonly #asking = new Set<() => void>()

  constructor(handler: Pick<SocketHandler<C>, 'connect'>, timeoutMs: number, log: Log) {
    this.#handler = handler
    this.#timeoutMs = timeoutMs
    this.#log = log
  }

  /** How many are being asked about. */
  get size(): number {
    return this.#asking.size
  }

  /** Asks the handler; never rejects. 503 when it takes too long or the asking is cancelled. */
  ask(params: ConnectParams, socket: Duplex): Promise<Verdict<C>> {
    return new Promise((resolve) => {
      const settle = (verdict: Verdict<C>): void => {
        clearTimeout(timer)
        socket.off('close', cancel)
        this.#asking.delete(cancel)
        resolve(verdict)
      }
      const cancel = (): void =>
        settle({ status: 503, message: 'It took too long to decide about this connection.' })
      const timer = setTimeout(cancel, this.#timeoutMs)
      socket.once('close', cancel)
      this.#asking.add(cancel)
      void this.#connect(params).then(settle)
    })
  }

  /** Ends all of them, with 503. */
  cancel(): void {
    for (const cancel of this.#asking) cancel()
  }

  async #connect(params: ConnectParams): Promise<Verdict<C>> {
    try {
      return { state: await this.#handler.connect(params) }
    } catch (error) {
      if (error instanceof RefusedConnection) {
        const { status, message, retryAfterMs } = error
        return { status, message, retryAfterMs }
      }
      this.#log.error({ err: error }, 'deciding about a connection failed')
      return { status: 500, message: RecadoError.from(error).message }
    }
  }
}
