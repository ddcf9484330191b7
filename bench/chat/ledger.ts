import type { WireMessage } from '../api.js'
import type { FaultKind, Findings } from './findings.js'
import type { Sending } from './sending.js'

/** Frames of this many latest events are kept: readers that are further behind have theirs parsed. */
const framesKept = 1_024

type Seen = { id: string; sending: Sending | undefined }

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
    this.#check(message, sending, seen)
    if (!seen) this.#seen[message.seq] = { id: message.id, sending }
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

  #check(message: WireMessage, sending: Sending | undefined, seen: Seen | undefined): void {
    const name = `event ${message.seq} (message ${message.nonce})`
    if (!sending) return this.fault(`${name} was never sent`)
    const difference = sending.difference(message)
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
