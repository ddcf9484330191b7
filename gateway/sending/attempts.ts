import { timeOf } from '../../contract/events.js'
import type { AttemptRef } from '../../gen/recado/internal/v1/core_service.js'
import type { Event, Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'

/** How many accepted messages may wait for their outcome; beyond it nothing more is accepted. */
const MAX_ATTEMPTS = 100_000
/** An outcome that has not come after so long is asked for, in milliseconds. */
const OVERDUE_MS = 5_000
/** How many outcomes are asked for in a second. */
const MAX_ASKED = 100
/** After so long nobody waits any more, in milliseconds. */
const GIVE_UP_MS = 600_000

/** Asks core what became of attempts. */
export type AskOutcomes = (attempts: AttemptRef[]) => Promise<Outcome[]>

type Attempt = AttemptRef & {
  openedAt: number
  askAt: number
  resolve(outcome: Outcome): void
  reject(error: RecadoError): void
}

/**
 * What this gateway has accepted and has not yet heard the outcome of. Outcomes come on the streams of deliveries; those that a lost
 * stream took with it are asked for, oldest first.
 */
export class Attempts {
  readonly #ask: AskOutcomes
  readonly #log: Log
  /** By attempt; the order is that of `askAt`. */
  readonly #open = new Map<string, Attempt>()
  #timer: NodeJS.Timeout | undefined

  constructor(ask: AskOutcomes, log: Log) {
    this.#ask = ask
    this.#log = log
  }

  /** How many wait. */
  get size(): number {
    return this.#open.size
  }

  /** Begins to ask for overdue outcomes. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#askOverdue(), 1_000)
  }

  /** Waits for an outcome. @throws `resource_exhausted` when too many wait. */
  open(id: string, channelId: string, attempt: string): Promise<Outcome> {
    if (this.#open.size >= MAX_ATTEMPTS) {
      throw new RecadoError('resource_exhausted', 'Too many messages wait to be stored. Try again shortly.', {
        retryAfterMs: 1_000,
      })
    }
    const now = performance.now()
    return new Promise((resolve, reject) => {
      this.#open.set(attempt, {
        id,
        channelId,
        attempt,
        openedAt: now,
        askAt: now + OVERDUE_MS,
        resolve,
        reject,
      })
    })
  }

  /** Notes an outcome; a second one is ignored. */
  settle(outcome: Outcome): void {
    const attempt = this.#open.get(outcome.attempt)
    if (!attempt || attempt.id !== outcome.id) return
    this.#open.delete(outcome.attempt)
    attempt.resolve(outcome)
  }

  /** An event that was read in a repair settles its attempt as a frame does. */
  settleByEvent(event: Event): void {
    const { id, channelId, attempt, seq } = event
    if (!this.#open.has(attempt)) return
    const timestamp = timeOf(event)
    this.settle({
      id,
      channelId,
      attempt,
      result: { $case: 'stored', value: { seq, timestamp, duplicate: false } },
    })
  }

  /** Stops waiting for an attempt: its sender was told that it failed. */
  forget(attempt: string): void {
    this.#open.delete(attempt)
  }

  /** A stream was lost, and with it perhaps outcomes: all are asked for from now on. */
  suspect(): void {
    for (const attempt of this.#open.values()) attempt.askAt = 0
  }

  /** Gives everything up. */
  stop(): void {
    clearInterval(this.#timer)
    for (const attempt of this.#open.values())
      attempt.reject(unknown('This server is stopping; the message is accepted all the same.'))
    this.#open.clear()
  }

  async #askOverdue(): Promise<void> {
    const now = performance.now()
    const overdue: Attempt[] = []
    for (const attempt of this.#open.values()) {
      if (attempt.askAt > now || overdue.length === MAX_ASKED) break
      overdue.push(attempt)
    }
    if (overdue.length === 0) return
    for (const attempt of overdue) this.#postpone(attempt, now)
    try {
      const asked = overdue.map(({ id, channelId, attempt }) => ({ id, channelId, attempt }))
      for (const outcome of await this.#ask(asked)) this.settle(outcome)
    } catch (error) {
      this.#log.debug({ err: error }, 'overdue outcomes could not be read')
    }
  }

  #postpone(attempt: Attempt, now: number): void {
    this.#open.delete(attempt.attempt)
    if (now - attempt.openedAt > GIVE_UP_MS)
      return attempt.reject(unknown('Nothing was heard of the message.'))
    attempt.askAt = now + OVERDUE_MS
    this.#open.set(attempt.attempt, attempt)
  }
}

function unknown(message: string): RecadoError {
  return new RecadoError('unavailable', `${message} Repeat it with its nonce to learn what became of it.`)
}
