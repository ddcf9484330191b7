import type { Duplex } from 'node:stream'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { RefusedConnection, type ConnectParams, type SocketHandler } from '../handler.js'
import type { Refusal } from './refuse.js'

/** How asking the handler ended. */
export type Verdict<C> = { state: C } | Refusal

/**
 * The upgrade requests that the handler is being asked about. Each is bounded in time and ends when its client leaves,
 * whether or not the handler minds its signal.
 */
export class Admission<C> {
  readonly #handler: SocketHandler<C>
  readonly #timeoutMs: number
  readonly #log: Log
  readonly #asking = new Set<AbortController>()

  constructor(handler: SocketHandler<C>, timeoutMs: number, log: Log) {
    this.#handler = handler
    this.#timeoutMs = timeoutMs
    this.#log = log
  }

  /** How many are being asked about. */
  get size(): number {
    return this.#asking.size
  }

  /** Asks the handler; never rejects. 503 when it takes too long or the asking is cancelled. */
  async ask(params: ConnectParams, socket: Duplex): Promise<Verdict<C>> {
    const controller = new AbortController()
    const cancel = (): void => controller.abort()
    const timer = setTimeout(cancel, this.#timeoutMs)
    socket.once('close', cancel)
    this.#asking.add(controller)
    try {
      return {
        state: await unlessAborted(this.#handler.connect(params, controller.signal), controller.signal),
      }
    } catch (error) {
      return this.#toRefusal(error, controller.signal)
    } finally {
      clearTimeout(timer)
      socket.off('close', cancel)
      this.#asking.delete(controller)
    }
  }

  /** Ends all of them, with 503. */
  cancel(): void {
    for (const controller of this.#asking) controller.abort()
  }

  #toRefusal(error: unknown, signal: AbortSignal): Refusal {
    if (error instanceof RefusedConnection) {
      const { status, message, retryAfterMs } = error
      return { status, message, retryAfterMs }
    }
    if (signal.aborted) return { status: 503, message: 'It took too long to decide about this connection.' }
    this.#log.error({ err: error }, 'deciding about a connection failed')
    return { status: 500, message: RecadoError.from(error).message }
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    work.then(resolve, reject)
  })
}
