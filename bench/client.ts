import { WebSocket } from 'ws'
import type { Heartbeats } from './heartbeats.js'

/** A JSON object off the wire, not yet looked at. */
export type Fields = Record<string, unknown>

/** How a push ended: answered, or never to be answered on this connection. */
export type Reply =
  | { status: 'ok'; response: Fields }
  | { status: 'error'; response: Fields }
  | { status: 'timeout' }
  | { status: 'closed' }

/** What a client is connected with. */
export type ClientOptions = {
  /** The server, as `http://host:port`. */
  url: string
  token: string
  heartbeats: Heartbeats
  /** How long a push waits for its reply, in milliseconds. Default 15,000. */
  replyTimeoutMs?: number
  /** Sees every frame before it is parsed; true means that it was dealt with and nobody else sees it. */
  onFrame?: (frame: Buffer) => boolean
  /** An event that is no reply. `frame` is its bytes, valid only during the call. */
  onEvent?: (topic: string, event: string, payload: Fields, frame: Buffer) => void
  /** The connection is gone, by whichever side. Open pushes have been answered `closed` before. */
  onClose?: (code: number, reason: string) => void
}

type Call = { onReply: (reply: Reply) => void; timer: NodeJS.Timeout }

const socketOptions = { perMessageDeflate: false, skipUTF8Validation: true, handshakeTimeout: 15_000 }

/**
 * A thin Phoenix V2 client: frames in, frames out, no retry. Callbacks run while the frame is being read, so what
 * they set up is in place before the next frame; promises would be too late for that.
 */
export class WireClient {
  readonly #socket: WebSocket
  readonly #options: ClientOptions
  readonly #calls = new Map<string, Call>()
  readonly #joinRefs = new Map<string, string>()
  #lastRef = 0
  #beatUnanswered = false

  private constructor(socket: WebSocket, options: ClientOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** Connects. Rejects when the server refuses or is not there. */
  static connect(options: ClientOptions): Promise<WireClient> {
    const url = `${options.url.replace(/^http/, 'ws')}/socket/websocket?vsn=2.0.0&token=${encodeURIComponent(options.token)}`
    const socket = new WebSocket(url, socketOptions)
    const client = new WireClient(socket, options)
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('open', () => {
        client.#attach()
        resolve(client)
      })
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** Joins a topic. A second join of the same topic replaces the first. */
  join(topic: string, payload: Fields, onReply: (reply: Reply) => void): void {
    const ref = this.#nextRef()
    this.#joinRefs.set(topic, ref)
    this.#call(ref, [ref, ref, topic, 'phx_join', payload], onReply)
  }

  /** Leaves a topic; its events may still come until the reply. */
  leave(topic: string, onReply: (reply: Reply) => void): void {
    this.push(topic, 'phx_leave', {}, (reply) => {
      this.#joinRefs.delete(topic)
      onReply(reply)
    })
  }

  /** Pushes an event on a joined topic. `onReply` is called exactly once. */
  push(topic: string, event: string, payload: Fields, onReply: (reply: Reply) => void): void {
    const ref = this.#nextRef()
    this.#call(ref, [this.#joinRefs.get(topic) ?? null, ref, topic, event, payload], onReply)
  }

  /** Sends a heartbeat; cuts the connection when the last one was not answered. */
  beat(): void {
    if (this.#beatUnanswered) return this.#socket.terminate()
    this.#beatUnanswered = true
    this.#call(this.#nextRef(), [null, String(this.#lastRef), 'phoenix', 'heartbeat', {}], ({ status }) => {
      this.#beatUnanswered = status !== 'ok'
    })
  }

  /** Closes with 1000, and cuts the connection when the server does not answer. Nothing that still comes is looked at. */
  close(): void {
    this.#socket.removeAllListeners('message')
    this.#socket.close(1000)
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#socket.terminate()
  }

  #nextRef(): string {
    return String(++this.#lastRef)
  }

  #call(ref: string, frame: unknown[], onReply: (reply: Reply) => void): void {
    if (!this.isOpen) return onReply({ status: 'closed' })
    const timeoutMs = this.#options.replyTimeoutMs ?? 15_000
    const timer = setTimeout(() => this.#answer(ref, { status: 'timeout' }), timeoutMs)
    this.#calls.set(ref, { onReply, timer })
    this.#socket.send(JSON.stringify(frame))
  }

  #answer(ref: string, reply: Reply): void {
    const call = this.#calls.get(ref)
    if (!call) return
    this.#calls.delete(ref)
    clearTimeout(call.timer)
    call.onReply(reply)
  }

  #attach(): void {
    const stopBeating = this.#options.heartbeats.add(this)
    this.#socket.on('message', (data) => this.#receive(data as Buffer))
    // A failing socket closes too, and the close is what is acted on.
    this.#socket.on('error', () => {})
    this.#socket.once('close', (code, reason) => {
      stopBeating()
      for (const ref of [...this.#calls.keys()]) this.#answer(ref, { status: 'closed' })
      this.#options.onClose?.(code, reason.toString())
    })
  }

  #receive(frame: Buffer): void {
    if (this.#options.onFrame?.(frame)) return
    const [joinRef, ref, topic, event, payload] = JSON.parse(frame.toString()) as [
      string | null,
      string | null,
      string,
      string,
      Fields,
    ]
    if (event === 'phx_reply') return this.#answer(String(ref), payload as Reply)
    const isStale = joinRef !== null && joinRef !== this.#joinRefs.get(topic)
    if (!isStale) this.#options.onEvent?.(topic, event, payload, frame)
  }
}
