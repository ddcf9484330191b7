import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket, type ClientOptions } from 'ws'

/** How long a test waits for what must come. */
const DEADLINE_MS = 10_000

/** The close frame a client got. */
export type Closed = { code: number; reason: string; frames: string[] }

/** A WebSocket client that speaks frames: what it sends and gets is what is on the wire. */
export class RawClient implements Disposable {
  readonly ws: WebSocket
  /** Resolves when the connection is gone, with the frames that nobody has taken. */
  readonly closed: Promise<Closed>
  readonly #frames: string[] = []
  #arrived: (() => void) | undefined

  constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('error', () => undefined)
    ws.on('message', (data: Buffer, isBinary) => {
      this.#frames.push(isBinary ? `bin ${data.toString('hex')}` : data.toString())
      this.#arrived?.()
    })
    this.closed = new Promise((resolve) =>
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString(), frames: this.#frames })),
    )
  }

  /** Connects with `vsn=2.0.0`. */
  static open(url: string, query = '', options: ClientOptions = {}): Promise<RawClient> {
    return RawClient.#open(`${url}/socket/websocket?vsn=2.0.0${query}`, options)
  }

  /** Connects without `vsn`: version 1. */
  static openV1(url: string): Promise<RawClient> {
    return RawClient.#open(`${url}/socket/websocket`)
  }

  static async #open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const ws = new WebSocket(url, options)
    const client = new RawClient(ws)
    await once(ws, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) })
    return client
  }

  /** Sends one V2 message. */
  send(joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown): void {
    this.ws.send(JSON.stringify([joinRef, ref, topic, event, payload]))
  }

  /** Sends one V1 message. */
  sendV1(message: {
    topic: string
    event: string
    payload: unknown
    ref: unknown
    join_ref?: unknown
  }): void {
    this.ws.send(JSON.stringify(message))
  }

  /** Sends one V2 message with a binary payload. */
  sendBinary(names: readonly [string, string, string, string], payload: Uint8Array): void {
    const texts = names.map((name) => Buffer.from(name))
    this.ws.send(Buffer.concat([Buffer.from([0, ...texts.map(({ length }) => length)]), ...texts, payload]))
  }

  /** Sends several V2 messages in one TCP segment. */
  sendTogether(...messages: unknown[][]): void {
    const { _socket: socket } = this.ws as unknown as { _socket: Socket }
    socket.cork()
    for (const message of messages) this.ws.send(JSON.stringify(message))
    socket.uncork()
  }

  /** The next frame's text. */
  async text(): Promise<string> {
    const giveUpAtMs = Date.now() + DEADLINE_MS
    while (this.#frames.length === 0) await this.#arrival(giveUpAtMs - Date.now())
    return this.#frames.shift()!
  }

  /** The next frame, parsed. */
  async frame(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  /** The next `count` frames, parsed. */
  async frames(count: number): Promise<unknown[]> {
    const frames: unknown[] = []
    while (frames.length < count) frames.push(await this.frame())
    return frames
  }

  /** Joins and swallows the reply and the `hello` push. */
  async join(topic: string, joinRef = '1'): Promise<void> {
    this.send(joinRef, joinRef, topic, 'phx_join', {})
    await this.frames(2)
  }

  /** Everything that the server sends until it has answered a heartbeat: what comes of the messages sent before. */
  async settle(): Promise<unknown[]> {
    this.send(null, 'settle', 'phoenix', 'heartbeat', {})
    const frames: unknown[] = []
    for (;;) {
      const frame = (await this.frame()) as unknown[]
      if (frame[1] === 'settle') return frames
      frames.push(frame)
    }
  }

  [Symbol.dispose](): void {
    this.ws.terminate()
  }

  #arrival(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no frame in time')), withinMs)
      this.#arrived = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** A reply frame. */
export function reply(
  joinRef: unknown,
  ref: unknown,
  topic: unknown,
  status: string,
  response: unknown,
): unknown[] {
  return [joinRef, ref, topic, 'phx_reply', { status, response }]
}
