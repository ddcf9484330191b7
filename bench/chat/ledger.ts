import type { WireMessage } from '../api.js'
import type { Fields } from '../client.js'
import type { Change } from './change.js'
import type { FaultKind, Findings } from './findings.js'
import { foldHeard, type Folded, type HeardEvent } from './fold.js'
import type { Sending } from './sending.js'

/** Frames of this many latest events are kept: readers that are further behind have theirs parsed. */
const framesKept = 1_024

/** What stands at a seq: a message, or a change of one. */
type Seen = HeardEvent & { id: string; sending: { received(): void } | undefined }

/**
 * What all readers together know of one channel: which message stands at which seq. The first who receives an event
 * has it parsed and compared with what was sent; for the others it is enough that their bytes are the same.
 */
export class ChannelLedger {
  readonly channelId: string
  /** The channel's name in the log, for people. */
  readonly label: string
  readonly findings: Findings
  readonly #sendings = new Map<string, Sending>()
  readonly #changes = new Map<string, Change[]>()
  #isSkipped = false
  readonly #seen: (Seen | undefined)[] = []
  readonly #frames: (Buffer | undefined)[] = new Array<Buffer | undefined>(framesKept)
  readonly #frameSeqs = new Float64Array(framesKept)

  constructor(channelId: string, label: string, findings: Findings) {
    this.channelId = channelId
    this.label = label
    this.findings = findings
  }

  /** The topic it is joined by. */
  get topic(): string {
    return `channel:${this.channelId}`
  }

  /** Every message that was or will be sent to this channel. */
  get sendings(): IterableIterator<Sending> {
    return this.#sendings.values()
  }

  /** Announces a message before it is sent. */
  expect(sending: Sending): void {
    this.#sendings.set(sending.options.nonce, sending)
  }

  /** Announces a change before it is sent. */
  expectChange(change: Change): void {
    const id = change.options.of.id ?? ''
    this.#changes.set(id, [...(this.#changes.get(id) ?? []), change])
  }

  /** Every change that was or will be sent to this channel. */
  get changes(): Change[] {
    return [...this.#changes.values()].flat()
  }

  /** Whether the event at a seq is a change. */
  isChange(seq: number): boolean {
    const seen = this.#seen[seq]
    return seen !== undefined && seen.event !== 'message:new'
  }

  /** The last seq that a reader has seen. */
  get lastSeen(): number {
    return Math.max(0, this.#seen.length - 1)
  }

  /** Its messages as the events leave them, by id; undefined where some events were read from history, which tells of messages alone. */
  fold(): ReadonlyMap<string, Folded> | undefined {
    if (this.#isSkipped) return undefined
    return foldHeard(this.#seen.filter((seen) => seen !== undefined))
  }

  /** Takes note that a reader goes from one seq to another without what lies between: only messages are read from history. */
  skipped(): void {
    this.#isSkipped = true
  }

  /** Takes note of a change that a reader got, and checks it. */
  learnChange(heard: HeardEvent, frame?: Buffer): void {
    const { event, payload } = heard
    const seq = payload.seq as number
    const seen = this.#seen[seq]
    const { message } = payload as { message?: WireMessage }
    const id = String(message?.id ?? payload.id)
    if (seen && (seen.id !== id || seen.event !== event))
      return this.fault(
        `event ${seq} is a ${event} for one reader, a ${seen.event} for another`,
        'misordered',
      )
    if (seen) return
    const cause = this.#changes.get(id)?.find((change) => change.causes(event, payload))
    if (!cause) this.fault(`event ${seq} is a ${event} of ${id}, which nobody caused`)
    this.#seen[seq] = { ...heard, id, sending: cause }
    if (frame) this.#keep(seq, frame)
  }

  /** What was sent with this nonce. */
  sending(nonce: string | undefined): Sending | undefined {
    return nonce === undefined ? undefined : this.#sendings.get(nonce)
  }

  /** The id that readers saw at a seq. */
  idAt(seq: number): string | undefined {
    return this.#seen[seq]?.id
  }

  /** Whether these are the very bytes that another reader received as the event `seq`. */
  isFrameOf(seq: number, frame: Buffer): boolean {
    const slot = seq % framesKept
    return this.#frameSeqs[slot] === seq && this.#frames[slot]?.equals(frame) === true
  }

  /** Takes note of a message that a reader got, and checks it; `frame` are its bytes where it came by socket. */
  learn(message: WireMessage, frame?: Buffer): void {
    const seen = this.#seen[message.seq]
    const sending = this.sending(message.nonce)
    this.#check(message, { sending, seen, frame })
    if (!seen)
      this.#seen[message.seq] = { event: 'message:new', payload: message as Fields, id: message.id, sending }
    if (frame && !seen) this.#keep(message.seq, frame)
  }

  /** Counts one receipt, by socket, of the event `seq`. */
  received(seq: number): void {
    this.#seen[seq]?.sending?.received()
  }

  /** A fault of this channel. */
  fault(what: string, kind?: FaultKind): void {
    this.findings.fault(`channel ${this.label}: ${what}`, kind)
  }

  #check(
    message: WireMessage,
    {
      sending,
      seen,
      frame,
    }: { sending: Sending | undefined; seen: Seen | undefined; frame: Buffer | undefined },
  ): void {
    const name = `event ${message.seq} (message ${message.nonce})`
    if (!sending) return this.fault(`${name} was never sent`)
    // What is read from history is as it stands.
    const difference = sending.difference(message, !frame && this.#changes.size > 0)
    if (difference) this.fault(`${name} ${difference}`)
    if (seen && seen.id !== message.id)
      this.fault(`${name} is ${message.id} for one reader, ${seen.id} for another`, 'misordered')
  }

  #keep(seq: number, frame: Buffer): void {
    const slot = seq % framesKept
    // A copy, because the frame is a view of what the socket read, which would be kept whole.
    this.#frames[slot] = Buffer.from(frame)
    this.#frameSeqs[slot] = seq
  }
}
