import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { JsonText } from '../../lib/json-text.js'
import type { ConnectionHost } from './connection-host.js'
import type { JoiningConnection } from './joins/arrival.js'
import { Joins } from './joins/joins.js'
import { Outbox, type OutboxOwner } from './outbox/outbox.js'
import type { OwnedWebSocket, SocketOwner } from './owned-websocket.js'
import type { Broadcast } from './wire/broadcast.js'
import { closeCodes, type CloseCode } from './wire/close-codes.js'
import type { OutboundBinary, Ref, Scalar } from './wire/message.js'
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
 * One open WebSocket. All messages go out through its outbox, straight to the TCP socket; `ws` itself only sends pongs and the
 * close frame, and what waits is written before the latter.
 */
export class PhoenixConnection<C> implements JoiningConnection<C>, OutboxOwner, SocketOwner {
  readonly id = randomUUID()
  readonly state: C
  readonly remoteAddress: string
  readonly #host: ConnectionHost<C>
  readonly #serializer: Serializer
  readonly #ws: OwnedWebSocket
  readonly #outbox: Outbox
  readonly #joins: Joins<C>
  #heardAtTick: number
  #phase: 'open' | 'overflown' | 'ended' = 'open'

  constructor(host: ConnectionHost<C>, parts: ConnectionParts<C>) {
    this.#host = host
    this.state = parts.state
    this.remoteAddress = parts.remoteAddress
    this.#serializer = parts.serializer
    this.#ws = parts.ws
    this.#outbox = new Outbox(host.outbox, parts.socket, this)
    this.#joins = new Joins(this, host)
    this.#heardAtTick = host.idleClock.ticks
  }

  get bufferedBytes(): number {
    return this.#outbox.bytes
  }

  /** `ws` answers a peer's close frame by itself, and nothing may follow. */
  get isWritable(): boolean {
    return this.#ws.readyState === this.#ws.OPEN
  }

  get carriesJoinRef(): boolean {
    return this.#serializer.carriesJoinRef
  }

  deliver(broadcast: Broadcast): void {
    const frame = broadcast.encodedBy(this.#serializer)
    if (frame !== undefined) this.#enqueue(frame)
  }

  pushEvent(joinRef: Ref, ref: Ref, topic: string, event: string, payload: object): void {
    if (payload instanceof Uint8Array)
      return this.#enqueueBinary({ kind: 'push', joinRef, topic, event, bytes: payload })
    const payloadJson = toText(payload)
    this.#enqueue(this.#serializer.encode({ joinRef, ref, topic, event, payloadJson }))
  }

  reply(joinRef: Ref, ref: Ref, topic: Scalar, status: string, response: object): void {
    if (response instanceof Uint8Array)
      return this.#enqueueBinary({
        kind: 'reply',
        joinRef,
        ref,
        topic: String(topic),
        status,
        bytes: response,
      })
    const payloadJson = `{"status":${JSON.stringify(status)},"response":${toText(response)}}`
    this.#enqueue(this.#serializer.encode({ joinRef, ref, topic, event: 'phx_reply', payloadJson }))
  }

  close(code: CloseCode, reason?: string): void {
    if (this.#phase === 'ended') return
    if (code === closeCodes.overloaded) this.#outbox.drop()
    this.#outbox.finish()
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
    if (error instanceof MalformedFrame) this.#countMalformed(error)
    else this.#host.log.error({ err: error, connectionId: this.id }, 'handling a message failed')
    this.close(closeCodes.malformed)
  }

  logFault(error: unknown, topic: string): void {
    this.#host.log.error({ err: error, connectionId: this.id, topic }, 'the handler of a topic failed')
  }

  stalled(): void {
    if (this.#phase === 'ended') return
    this.#host.counts.slowConsumers += 1
    this.close(closeCodes.overloaded, 'too slow')
  }

  receive(data: Buffer, isBinary: boolean): void {
    this.touch()
    if (this.#phase !== 'open') return
    try {
      const message = this.#serializer.decode(data, isBinary)
      this.#joins.dispatch(Object.assign(message, { bytes: data.length, receivedAtMs: performance.now() }))
    } catch (error) {
      this.fail(error)
    }
  }

  touch(): void {
    this.#heardAtTick = this.#host.idleClock.ticks
  }

  violated(error: Error): void {
    this.#countMalformed(error)
    this.#end()
  }

  closed(): void {
    this.#end()
    this.#host.removed(this)
  }

  #countMalformed(error: Error): void {
    this.#host.counts.malformed += 1
    this.#host.malformedSenders.note(this.remoteAddress, error)
  }

  #enqueueBinary(message: OutboundBinary): void {
    if (!this.#serializer.encodeBinary) throw new Error('version 1 of the protocol carries no binary payload')
    this.#enqueue(this.#serializer.encodeBinary(message))
  }

  #enqueue(frame: Buffer): void {
    if (this.#phase !== 'open' || this.#outbox.add(frame)) return
    this.#phase = 'overflown'
    // Closing makes joins end, which a caller in the middle of a fan-out does not expect.
    setImmediate(() => this.stalled())
  }

  #end(): void {
    this.#phase = 'ended'
    this.#outbox.drop()
    this.#joins.end()
  }
}

/** Most of what goes out holds no text that is JSON already, and `JSON.stringify` is faster. */
function toText(payload: object): string {
  return payload instanceof JsonText ? payload.text : JSON.stringify(payload)
}
