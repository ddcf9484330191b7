import type { Head, Page, WireMessage } from '../api.js'
import { Backoff } from '../backoff.js'
import type { Fields } from '../client.js'
import type { ChannelLedger } from './ledger.js'

/** Reads one page of a channel's history. */
export type ReadHistory = (channelId: string, after: number) => Promise<Page>

/** The events a join reply brings along. */
type JoinReply = { head: Head; recovered: boolean; events?: { event: string; payload: Fields }[] }

type Waiter = { seq: number; resolve: () => void }
type Held = { event: string; payload: Fields; frame: Buffer }

/** Beyond this, events that come while history is read are a fault and are dropped. */
const maxHeld = 50_000
const reachWithinMs = 60_000

/**
 * One reader's position on one channel, from its first join on. Events must come one by one in the order of seq;
 * what was missed between two connections, or announced by `head`, is read from history.
 */
export class Subscription {
  readonly ledger: ChannelLedger
  readonly #readHistory: ReadHistory
  #isLive = false
  #epoch = ''
  #last = -1
  /** Set while history is read: how far, and what came meanwhile. */
  #target = 0
  #held: Held[] | undefined
  #waiters: Waiter[] = []

  constructor(ledger: ChannelLedger, readHistory: ReadHistory) {
    this.ledger = ledger
    this.#readHistory = readHistory
  }

  /** Whether the join is in force on the current connection. */
  get isLive(): boolean {
    return this.#isLive
  }

  /** The seq of the last event it has. */
  get last(): number {
    return this.#last
  }

  /** What to join with: where to go on, or nothing the first time. */
  get joinPayload(): Fields {
    return this.#last < 0 ? {} : { since: { epoch: this.#epoch, seq: this.#last } }
  }

  /** The connection is gone; the position stays. */
  interrupted(): void {
    this.#isLive = false
  }

  /** The join was answered `ok`. Must be called before the next frame is looked at. */
  joined(reply: JoinReply): void {
    this.#isLive = true
    if (this.#last < 0) this.#begin(reply.head)
    else this.#resume(reply)
  }

  /** Takes a frame if it is the next event and another reader has had the same bytes. */
  matches(frame: Buffer): boolean {
    if (this.#held || !this.ledger.isFrameOf(this.#last + 1, frame)) return false
    this.ledger.received(this.#last + 1)
    this.#moveTo(this.#last + 1)
    return true
  }

  /** Takes a parsed event. Events without a seq are not of the channel's order and are left alone. */
  take(event: string, payload: Fields, frame: Buffer): void {
    if (event === 'head') return this.#catchUp(payload as Head)
    if (typeof payload.seq !== 'number') return
    if (this.#held) return this.#hold({ event, payload, frame: Buffer.from(frame) })
    this.#next(event, payload, frame)
  }

  /** Resolves when the reader has come to `seq`; it is a fault when that takes longer than a minute. */
  reached(seq: number): Promise<void> {
    if (this.#last >= seq) return Promise.resolve()
    return new Promise((resolve) => {
      const late = () => {
        this.ledger.fault(`a reader is at ${this.#last} and never came to ${seq}`, 'lost')
        resolve()
      }
      const timer = setTimeout(late, reachWithinMs)
      this.#waiters.push({ seq, resolve: () => (clearTimeout(timer), resolve()) })
    })
  }

  #begin(head: Head): void {
    this.#epoch = head.epoch
    this.#last = head.seq
  }

  #resume({ head, recovered, events }: JoinReply): void {
    if (this.#held) this.#held = []
    if (head.epoch !== this.#epoch) return this.#otherEpoch(head)
    if (head.seq < this.#last) return this.ledger.fault(`the head fell from ${this.#last} to ${head.seq}`)
    if (!recovered || this.#held) return this.#catchUp(head)
    for (const { event, payload } of events ?? []) this.#recover(event, payload)
    if (this.#last !== head.seq)
      this.ledger.fault(`resumed at ${this.#last}, but the head is ${head.seq}`, 'lost')
  }

  #recover(event: string, payload: Fields): void {
    this.ledger.findings.note('recovered event')
    this.#next(event, payload)
  }

  #next(event: string, payload: Fields, frame?: Buffer): void {
    const seq = payload.seq as number
    if (seq <= this.#last) return this.ledger.fault(`event ${seq} came again, after ${this.#last}`, 'doubled')
    if (seq > this.#last + 1) this.ledger.fault(`event ${seq} came after ${this.#last}`, 'misordered')
    if (event === 'message:new') {
      this.#learn(payload as WireMessage, frame)
    } else {
      this.ledger.learnChange({ event, payload }, frame)
      if (frame) this.ledger.received(seq)
    }
    this.#moveTo(seq)
  }

  #learn(message: WireMessage, frame?: Buffer): void {
    this.ledger.learn(message, frame)
    if (frame) this.ledger.received(message.seq)
  }

  #moveTo(seq: number): void {
    this.#last = seq
    if (this.#waiters.length === 0) return
    const reached = this.#waiters.filter((waiter) => waiter.seq <= seq)
    this.#waiters = this.#waiters.filter((waiter) => waiter.seq > seq)
    for (const { resolve } of reached) resolve()
  }

  #hold(held: Held): void {
    if (this.#held && this.#held.length < maxHeld) this.#held.push(held)
    else this.ledger.fault(`more than ${maxHeld} events came while history was read`)
  }

  #otherEpoch(head: Head): void {
    this.ledger.fault(`the epoch changed from ${this.#epoch} to ${head.epoch}`)
    this.#begin(head)
  }

  #catchUp(head: Head): void {
    if (head.epoch !== this.#epoch) return this.#otherEpoch(head)
    this.#target = Math.max(this.#target, head.seq)
    if (this.#held || this.#target <= this.#last) return
    this.#held = []
    void this.#readMissed().catch((cause: unknown) =>
      this.ledger.fault(`history could not be read: ${String(cause)}`),
    )
  }

  async #readMissed(): Promise<void> {
    const backoff = new Backoff()
    while (this.#last < this.#target) {
      const before = this.#last
      const page = await this.#readHistory(this.ledger.channelId, before)
      for (const message of page.messages) this.#repair(message)
      // Between messages, and behind the last, lie changes.
      if (!page.has_more && this.#last < this.#target && this.ledger.changes.length > 0)
        this.#skipTo(Math.min(this.#target, page.head.seq))
      if (this.#last === before && !(await backoff.wait())) throw new Error(`nothing after ${before}`)
    }
    this.#release()
  }

  #repair(message: WireMessage): void {
    // What is beyond the target comes by socket.
    if (message.seq > this.#target) return
    this.ledger.findings.note('repaired event')
    if (message.seq > this.#last + 1 && this.ledger.changes.length > 0) this.#skipTo(message.seq - 1)
    this.#next('message:new', message)
  }

  #skipTo(seq: number): void {
    this.ledger.skipped()
    this.#moveTo(seq)
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    // The announced head and the live events may overlap: what history has given is not given twice.
    for (const { event, payload, frame } of held) {
      if ((payload.seq as number) > this.#last) this.#next(event, payload, frame)
    }
  }
}
