import type { WireMessage } from '../api.js'
import type { Fields } from '../client.js'
import type { FaultKind, Findings } from './findings.js'
import { nowMs, type Meter } from './meter.js'

/** What the rules say of a text: it must be stored, it must be refused, or they leave it open. */
export type Verdict = 'stored' | 'refused' | 'either'

/** What is sent, by whom, and what must become of it. */
export type SendingOptions = {
  /** Unique for the run; 1 to 64 characters. */
  nonce: string
  content: string
  senderId: string
  replyTo?: string | undefined
  verdict: Verdict
  /** Its place in the order of sending within its channel. */
  position: number
  meter: Meter
  findings: Findings
}

/** The outcome of a stored message, as the socket tells it. */
export type Ack = { id: string; seq: number; duplicate?: boolean }

type State = 'unsent' | 'sent' | 'accepted' | 'stored' | 'refused' | 'failed'

/** One message on its way: what was promised about it so far, and whether that was kept. */
export class Sending {
  readonly options: SendingOptions
  /** Resolves when it is stored, refused or given up. */
  readonly settled: Promise<void>
  #settle: () => void = () => {}
  #state: State = 'unsent'
  #sentAt = 0
  #attempts = 0
  #id: string | undefined
  #seq: number | undefined

  constructor(options: SendingOptions) {
    this.options = options
    this.settled = new Promise((resolve) => (this.#settle = resolve))
  }

  get state(): State {
    return this.#state
  }

  /** The message's id, once accepted or stored. */
  get id(): string | undefined {
    return this.#id
  }

  /** The message's place in its channel, once stored. */
  get seq(): number | undefined {
    return this.#seq
  }

  get nonce(): string {
    return this.options.nonce
  }

  /** What is pushed. */
  get push(): { event: string; payload: Fields } {
    const { content, nonce, replyTo } = this.options
    return {
      event: 'message:send',
      payload: { content, nonce, ...(replyTo !== undefined && { reply_to: replyTo }) },
    }
  }

  get isSettled(): boolean {
    return this.#state === 'stored' || this.#state === 'refused' || this.#state === 'failed'
  }

  /** It is handed to the connection, now or again. */
  sent(): void {
    this.#attempts += 1
    if (this.#attempts > 1) return this.options.findings.note('repeat')
    this.#sentAt = nowMs()
    this.#state = 'sent'
    this.options.meter.sent(this.#sentAt)
  }

  /** It is accepted, under this id where the way it was sent tells one. */
  accepted(id?: string): void {
    if (this.#state === 'sent') {
      this.options.meter.accepted.record(nowMs() - this.#sentAt)
      this.#state = 'accepted'
    }
    if (id !== undefined) this.#identified(id)
    if (this.options.verdict === 'refused') this.#fault('was accepted, but the rules refuse its text')
  }

  /** The server said that it is stored. */
  stored(ack: Ack): void {
    this.#identified(ack.id)
    if (this.#state === 'stored') return this.#sameSeq(ack.seq)
    if (this.isSettled) return this.#fault(`was stored, after it had been ${this.#state}`, 'wrongly told')
    if (this.#attempts === 1) this.#checkFirstAck(ack)
    this.options.meter.stored.record(nowMs() - this.#sentAt)
    this.#seq = ack.seq
    this.#end('stored')
  }

  /** The server refused it for good, by an error reply or afterwards. */
  refused(code: string, reason: string): void {
    const isRight = this.options.verdict !== 'stored' && code === 'invalid_argument'
    if (!isRight) return this.failed(`was refused: ${code} ${reason}`, 'wrongly told')
    if (!this.isSettled) this.#end('refused')
  }

  /** It is given up; that is a fault. */
  failed(why: string, kind?: FaultKind): void {
    this.#fault(why, kind)
    if (!this.isSettled) this.#end('failed')
  }

  /** Somebody received it. */
  received(): void {
    this.options.meter.received(this.#sentAt, nowMs())
  }

  /** How a message off the wire differs from what was sent, but for the text of one that is changed; undefined when it does not. */
  difference(message: WireMessage, isChanged = false): string | undefined {
    const { content, senderId, replyTo } = this.options
    if (!isChanged && message.content !== content) return 'has another text than was sent'
    if (message.sender_id !== senderId) return 'has another sender'
    if ((message.reply_to ?? undefined) !== replyTo) return `replies to ${message.reply_to}, not ${replyTo}`
    if (this.#id !== undefined && message.id !== this.#id) return `has the id ${message.id}, not ${this.#id}`
    return undefined
  }

  #checkFirstAck(ack: Ack): void {
    if (this.#state === 'sent') this.#fault('got its ack before its reply', 'misordered')
    if (ack.duplicate === true) this.#fault('is called a duplicate, but was sent once', 'wrongly told')
  }

  #identified(id: string): void {
    if (this.#id !== undefined && this.#id !== id)
      this.#fault(`got a second id, ${id} after ${this.#id}`, 'wrongly told')
    this.#id ??= id
  }

  #sameSeq(seq: number): void {
    if (seq !== this.#seq) this.#fault(`got a second seq, ${seq} after ${this.#seq}`, 'wrongly told')
  }

  #end(state: State): void {
    this.#state = state
    this.#settle()
  }

  #fault(what: string, kind?: FaultKind): void {
    this.options.findings.fault(`message ${this.options.nonce} ${what}`, kind)
  }
}
