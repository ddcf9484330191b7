import type { Duplex } from 'node:stream'
import type { Flushable, Flusher } from './flusher.js'
import type { FrameRun } from './frame-run.js'
import type { StallWatch, Waiting } from './stall-watch.js'

/** What the outboxes of a server share. */
export type OutboxHost = {
  flusher: Flusher
  stallWatch: StallWatch
  /** What may wait for one socket at most. */
  maxBurstBytes: number
}

/** Who an outbox writes for. */
export interface OutboxOwner {
  /** Whether frames may still be written: not behind a close frame. */
  readonly isWritable: boolean
  /** The client does not read. */
  stalled(): void
}

/** What the socket has not taken yet, in whole frames. */
type Backlog = { pieces: Buffer[]; bytes: number; resume: () => void }

/**
 * Everything that goes out on one connection. The frames of a tick are one run, written at the tick's end straight to the TCP
 * socket; what the socket does not take is held back here, and goes on when it drains. A client is slow when it takes nothing
 * while more than a bound waits, however much one tick brings.
 */
export class Outbox implements Flushable, Waiting {
  taken = 0
  readonly #host: OutboxHost
  readonly #socket: Duplex
  readonly #owner: OutboxOwner
  #run: FrameRun | undefined
  #backlog: Backlog | undefined

  constructor(host: OutboxHost, socket: Duplex, owner: OutboxOwner) {
    this.#host = host
    this.#socket = socket
    this.#owner = owner
  }

  /** What waits: in this tick's run, held back, and in the socket's own buffer. */
  get bytes(): number {
    return (this.#run?.bytes ?? 0) + (this.#backlog?.bytes ?? 0) + this.#socket.writableLength
  }

  /** Adds a whole frame to this tick's run. False when more waits than may. */
  add(frame: Buffer): boolean {
    this.#run = (this.#run ?? this.#host.flusher.enlist(this)).with(frame)
    return this.bytes <= this.#host.maxBurstBytes
  }

  flush(): void {
    const run = this.#run
    this.#run = undefined
    if (run === undefined || !this.#owner.isWritable) return
    if (this.#backlog) this.#holdBack(run.pieces())
    else this.#write(run.pieces())
  }

  /** Writes all that waits, whether the socket takes it or not. */
  finish(): void {
    this.flush()
    const pieces = this.#backlog?.pieces ?? []
    this.drop()
    if (this.#owner.isWritable) for (const piece of pieces) this.#socket.write(piece)
  }

  /** Forgets what waits; what the socket has taken ends with a whole frame. */
  drop(): void {
    this.#run = undefined
    if (this.#backlog) this.#socket.off('drain', this.#backlog.resume)
    this.#backlog = undefined
  }

  stalled(): void {
    this.#owner.stalled()
  }

  /** The socket's own buffer is full, so that it will emit `drain`; one that passes everything on at once never is. */
  #isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#socket.writableLength > 0
  }

  #write(pieces: readonly Buffer[]): void {
    for (let at = 0; at < pieces.length; at++) {
      if (this.#isFull()) return this.#holdBack(pieces.slice(at))
      this.#socket.write(pieces[at]!)
      this.taken += 1
    }
  }

  #holdBack(pieces: readonly Buffer[]): void {
    const backlog = (this.#backlog ??= this.#startBacklog())
    for (const piece of pieces) {
      backlog.pieces.push(piece)
      backlog.bytes += piece.length
    }
    this.#host.stallWatch.notice(this)
  }

  #startBacklog(): Backlog {
    const resume = (): void => this.#resume()
    this.#socket.on('drain', resume)
    return { pieces: [], bytes: 0, resume }
  }

  #resume(): void {
    if (!this.#backlog || !this.#owner.isWritable) return
    const { pieces, resume } = this.#backlog
    this.#socket.off('drain', resume)
    this.#backlog = undefined
    this.#write(pieces)
  }
}
