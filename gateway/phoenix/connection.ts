import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { ConnectionHost } from './connection-host.js'
import type { Flushable } from './outbox/flusher.js'
import type { FrameRun } from './outbox/frame-run.js'
import type { OwnedWebSocket, SocketOwner } from './owned-websocket.js'
import { Topics, type TopicsConnection } from './topics/topics.js'
import type { Broadcast } from './wire/broadcast.js'
import { closeCodes, type CloseCode } from './wire/close-codes.js'
import type { OutboundMessage } from './wire/message.js'
import { MalformedFrame, type Serializer } from './wire/serializer.js'

/** What a connection is made of. */
export type ConnectionParts<C> = {
  state: C
  remoteAddress: string
  serializer: Serializer
  ws: OwnedWebSocket
  /** The socket under `ws`. */
  socket: Duplex
}

/**
 * One open WebSocket. All messages go out through one run of frames, written straight to the TCP socket once per tick;
 * `ws` itself only sends pongs and the close frame, and the run is written before the latter.
 */
export class PhoenixConnection<C> implements TopicsConnection<C>, Flushable, SocketOwner {
  readonly id = randomUUID()
  readonly state: C
  readonly remoteAddress: string
  readonly #host: ConnectionHost<C>
  readonly #serializer: Serializer
  readonly #ws: OwnedWebSocket
  readonly #socket: Duplex
  readonly #topics: Topics<C>
  #heardAtTick: number
  #run: FrameRun | undefined
  #phase: 'open' | 'overflown' | 'ended' = 'open'

  constructor(host: ConnectionHost<C>, parts: ConnectionParts<C>) {
    this.#host = host
    this.state = parts.state
    this.remoteAddress = parts.remoteAddress
    this.#serializer = parts.serializer
    this.#ws = parts.ws
    this.#socket = parts.socket
    this.#topics = new Topics(this, host)
    this.#heardAtTick = host.idleClock.ticks
  }

  get bufferedBytes(): number {
    return (this.#run?.bytes ?? 0) + this.#socket.writableLength
  }

  deliver(broadcast: Broadcast): void {
    this.#enqueue(broadcast.encodedBy(this.#serializer))
  }

  /** Sends one message to this client. */
  send(message: OutboundMessage): void {
    this.#enqueue(this.#serializer.encode(message))
  }

  flush(): void {
    if (this.#phase === 'overflown') return this.#closeSlowConsumer()
    const run = this.#run
    this.#run = undefined
    // Behind a close frame, which `ws` sends by itself when the peer closes, nothing may follow.
    if (run !== undefined && this.#ws.readyState === this.#ws.OPEN) this.#socket.write(run.joined())
  }

  close(code: CloseCode, reason?: string): void {
    if (this.#phase === 'ended') return
    this.flush()
    this.#ws.close(code, reason)
    this.#end()
  }

  /** Closes with 1002 unless a frame has come in at that tick of the idle clock or later, pings and pongs included. */
  closeUnlessHeardSince(tick: number): void {
    if (this.#heardAtTick >= tick || this.#phase === 'ended') return
    this.#host.counts.idle += 1
    this.close(closeCodes.idle)
  }

  /** Drops the TCP connection. */
  terminate(): void {
    this.#ws.terminate()
    this.#end()
  }

  fail(error: unknown): void {
    if (error instanceof MalformedFrame) this.#host.counts.malformed += 1
    else this.#host.log.error({ err: error, connectionId: this.id }, 'handling a message failed')
    this.close(closeCodes.malformed)
  }

  receive(data: Buffer, isBinary: boolean): void {
    this.touch()
    if (this.#phase !== 'open') return
    try {
      const message = this.#serializer.decode(data, isBinary)
      this.#topics.dispatch({ ...message, bytes: data.length, receivedAtMs: performance.now() })
    } catch (error) {
      this.fail(error)
    }
  }

  touch(): void {
    this.#heardAtTick = this.#host.idleClock.ticks
  }

  violated(error: Error): void {
    this.#host.counts.malformed += 1
    this.#host.log.debug({ err: error, connectionId: this.id }, 'a client broke the WebSocket protocol')
    this.#end()
  }

  closed(): void {
    this.#end()
    this.#host.removed(this)
  }

  #enqueue(frame: Buffer): void {
    if (this.#phase !== 'open') return
    this.#run = (this.#run ?? this.#host.flusher.enlist(this)).with(frame)
    // Closing waits for the flush: it makes channels leave, which a caller in the middle of a fan-out does not expect.
    if (this.bufferedBytes > this.#host.limits.maxBufferedBytes) this.#phase = 'overflown'
  }

  #closeSlowConsumer(): void {
    this.#host.counts.slowConsumers += 1
    this.#run = undefined
    this.#phase = 'open'
    this.close(closeCodes.overloaded, 'too slow')
  }

  #end(): void {
    this.#phase = 'ended'
    this.#run = undefined
    this.#topics.end()
  }
}
