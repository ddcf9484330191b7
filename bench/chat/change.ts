import type { Fields } from '../client.js'
import type { FaultKind, Findings } from './findings.js'
import { nowMs, type Meter } from './meter.js'
import type { Ack, Sending } from './sending.js'

/** What is done to a message, as it is pushed. */
export type Deed =
  | { event: 'message:edit'; content: string }
  | { event: 'message:delete' }
  | { event: 'reaction:add' | 'reaction:remove'; emoji: string }

/** Who does what to which stored message. */
export type ChangeOptions = {
  /** Unique for the run; 1 to 64 characters. */
  nonce: string
  deed: Deed
  of: Sending
  userId: string
  meter: Meter
  findings: Findings
}

/** One change on its way: what was promised about it so far, and whether that was kept. */
export class Change {
  readonly options: ChangeOptions
  /** Resolves when it is stored, refused or given up. */
  readonly settled: Promise<void>
  #settle: () => void = () => {}
  #state: 'unsent' | 'sent' | 'accepted' | 'stored' | 'refused' | 'failed' = 'unsent'
  #sentAt = 0
  #seq: number | undefined
  #isDuplicate = false

  constructor(options: ChangeOptions) {
    this.options = options
    this.settled = new Promise((resolve) => (this.#settle = resolve))
  }

  get nonce(): string {
    return this.options.nonce
  }

  get state() {
    return this.#state
  }

  get isSettled(): boolean {
    return this.#state === 'stored' || this.#state === 'refused' || this.#state === 'failed'
  }

  /** The seq of its event, once stored; of one that changed nothing, that of what stood there. */
  get seq(): number | undefined {
    return this.#seq
  }

  /** Whether it is stored as an event of its own. */
  get isEvent(): boolean {
    return this.#state === 'stored' && !this.#isDuplicate
  }

  /** What is pushed. */
  get push(): { event: string; payload: Fields } {
    const { deed, of, nonce } = this.options
    const { event, ...fields } = deed
    return { event, payload: { id: of.id, ...fields, nonce } }
  }

  /** Whether it is what an event tells. */
  causes(event: string, payload: Fields): boolean {
    const { deed, of, userId } = this.options
    switch (deed.event) {
      case 'message:edit': {
        const message = payload.message as Fields | undefined
        return event === 'message:updated' && message?.id === of.id && message?.content === deed.content
      }
      case 'message:delete':
        return event === 'message:deleted' && payload.id === of.id
      default: {
        const told = deed.event === 'reaction:add' ? 'reaction:added' : 'reaction:removed'
        const isSame = payload.id === of.id && payload.user_id === userId && payload.emoji === deed.emoji
        return event === told && isSame
      }
    }
  }

  /** It is handed to the connection, now or again. */
  sent(): void {
    if (this.#sentAt > 0) return this.options.findings.note('repeat')
    this.#sentAt = nowMs()
    this.#state = 'sent'
  }

  accepted(): void {
    if (this.#state === 'sent') this.#state = 'accepted'
  }

  /** The server said that it is stored. */
  stored({ seq, duplicate = false }: Ack): void {
    if (this.isSettled) return
    this.#seq = seq
    this.#isDuplicate = duplicate
    this.options.meter.changed.record(nowMs() - this.#sentAt)
    this.#end('stored')
  }

  /** The server refused it for good: right only where its message is deleted. */
  refused(code: string, reason: string): void {
    const isRight = code === 'not_found' && this.options.deed.event.startsWith('reaction')
    if (!isRight) return this.failed(`was refused: ${code} ${reason}`, 'wrongly told')
    if (!this.isSettled) this.#end('refused')
  }

  /** It is given up; that is a fault. */
  failed(why: string, kind?: FaultKind): void {
    this.options.findings.fault(`${this.options.deed.event} ${this.nonce} ${why}`, kind)
    if (!this.isSettled) this.#end('failed')
  }

  /** Somebody received its event. */
  received(): void {
    this.options.meter.received(this.#sentAt, nowMs())
  }

  #end(state: 'stored' | 'refused' | 'failed'): void {
    this.#state = state
    this.#settle()
  }
}
