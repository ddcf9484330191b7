import { RecadoError } from '../../lib/errors.js'

/** How long a publish may take. */
export type PublishWait = {
  /** After so long the caller hears `deadline_exceeded`. */
  deadlineMs: number
  /** Ends the caller's wait sooner. */
  signal: AbortSignal | undefined
  /** Called once when the caller has stopped waiting before the outcome was known. */
  onGivenUp: () => void
}

/** One publish and the caller who waits for it. The first outcome counts: the queue's, the deadline's or the caller's own signal. */
export class PendingPublish {
  /** Resolves once the message is durable; rejects with a `RecadoError`. */
  readonly outcome: Promise<void>
  readonly #wait: PublishWait
  readonly #timer: NodeJS.Timeout
  #resolve!: () => void
  #reject!: (error: RecadoError) => void
  #isSettled = false

  constructor(wait: PublishWait) {
    this.#wait = wait
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(this.#expire, wait.deadlineMs)
    wait.signal?.addEventListener('abort', this.#abort)
  }

  /** Whether the caller has an answer. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** The message is durable. */
  confirm(): void {
    if (this.#end()) this.#resolve()
  }

  /** The message is not, or not known to be, durable. */
  fail(error: RecadoError): void {
    if (this.#end()) this.#reject(error)
  }

  readonly #expire = () =>
    this.#giveUp(
      new RecadoError(
        'deadline_exceeded',
        'The queue did not confirm in time. Send it again with the same nonce.',
      ),
    )

  readonly #abort = () => this.#giveUp(givenUp(this.#wait.signal))

  #giveUp(error: RecadoError): void {
    if (!this.#end()) return
    this.#reject(error)
    this.#wait.onGivenUp()
  }

  #end(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    clearTimeout(this.#timer)
    this.#wait.signal?.removeEventListener('abort', this.#abort)
    return true
  }
}

/** @throws RecadoError `unavailable` when the caller has stopped waiting before it began. */
export function assertWaiting(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw givenUp(signal)
}

function givenUp(signal: AbortSignal | undefined): RecadoError {
  return new RecadoError('unavailable', 'Publishing was given up.', { cause: signal?.reason })
}
