import { setTimeout as delay } from 'node:timers/promises'
import { Backoff } from '../backoff.js'
import type { Fields, Reply } from '../client.js'
import type { ChannelLedger } from './ledger.js'
import { Seat, type SeatOptions } from './seat.js'
import type { Change } from './change.js'
import type { Ack, Sending } from './sending.js'

type OnItsWay = { sending: Sending | Change; ledger: ChannelLedger }

/** How an attempt ended: no other is needed, or the next one may be made so much later. */
type Attempt = 'done' | { retryAfterMs: number; why: string }

/** A user who sends: each message with its nonce until it is accepted, and again when its ack was lost. */
export class Sender {
  readonly seat: Seat
  readonly #onItsWay = new Map<string, OnItsWay>()

  constructor(options: Omit<SeatOptions, 'onOutcome' | 'onBack'>) {
    const onOutcome = (event: string, payload: Fields) => this.#outcome(event, payload)
    this.seat = new Seat({ ...options, onOutcome, onBack: () => this.#resend() })
  }

  /** Sends a message, or a change of one, on a joined channel; the first attempt is on the wire when this returns. Resolves when it is accepted, refused or given up. */
  async send(sending: Sending | Change, ledger: ChannelLedger): Promise<void> {
    const onItsWay = { sending, ledger }
    this.#onItsWay.set(sending.nonce, onItsWay)
    void sending.settled.then(() => this.#onItsWay.delete(sending.nonce))
    await this.#untilAccepted(onItsWay)
  }

  /** Resolves when nothing of this user is on its way to a channel any more, to the last seq that this brought; else 0. */
  async settled(ledger: ChannelLedger): Promise<number> {
    const here = [...this.#onItsWay.values()].filter((onItsWay) => onItsWay.ledger === ledger)
    await Promise.all(here.map(({ sending }) => sending.settled))
    return Math.max(0, ...here.map(({ sending }) => sending.seq ?? 0))
  }

  async #untilAccepted(onItsWay: OnItsWay): Promise<void> {
    const backoff = new Backoff()
    for (;;) {
      const attempt = await this.#attempt(onItsWay)
      if (attempt === 'done') return
      if (!(await backoff.wait(attempt.retryAfterMs)))
        return onItsWay.sending.failed(`was never accepted: ${attempt.why}`)
      await this.seat.open().catch(() => delay(0))
    }
  }

  #attempt({ sending, ledger }: OnItsWay): Promise<Attempt> {
    if (sending.isSettled) return Promise.resolve('done')
    const { event, payload } = sending.push
    sending.sent()
    return new Promise((resolve) => {
      this.seat.push(ledger, event, payload, (reply) => resolve(judge(sending, reply)))
    })
  }

  #outcome(event: string, payload: Fields): void {
    const sending = this.#onItsWay.get(String(payload.nonce))?.sending
    // A second outcome of what is settled: nothing is waiting for it any more.
    if (!sending) return
    if (event === 'message:ack') sending.stored(payload as Ack)
    else sending.refused(String(payload.code), String(payload.message))
  }

  #resend(): void {
    const accepted = [...this.#onItsWay.values()].filter(({ sending }) => sending.state === 'accepted')
    for (const onItsWay of accepted) void this.#untilAccepted(onItsWay)
  }
}

function judge(sending: Sending | Change, reply: Reply): Attempt {
  if (reply.status === 'ok') sending.accepted(String(reply.response.id))
  if (reply.status !== 'error') return reply.status === 'ok' ? 'done' : { retryAfterMs: 0, why: reply.status }
  const { code, message, retryable, retry_after_ms: retryAfterMs } = reply.response
  if (retryable !== false)
    return { retryAfterMs: Number(retryAfterMs ?? 0), why: `${String(code)} ${String(message)}` }
  sending.refused(String(code), String(message))
  return 'done'
}
