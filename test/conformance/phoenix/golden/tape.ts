import { WebSocket, type ClientOptions } from 'ws'

/** How long a test waits for what must come. */
const DEADLINE_MS = 10_000

/** What the heartbeat that flushes the server carries, and nothing else does. */
const MARK = 'mark-of-the-tape'

const heartbeats = {
  v1: JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: MARK }),
  v2: JSON.stringify([null, MARK, 'phoenix', 'heartbeat', {}]),
}

/** One connection and everything that happens on it, as the lines of a transcript. */
export class Tape implements Disposable {
  readonly lines: string[] = []
  readonly ws: WebSocket
  readonly #heartbeat: string
  #marks = 0
  #wake: () => void = () => undefined

  private constructor(ws: WebSocket, heartbeat: string) {
    this.ws = ws
    this.#heartbeat = heartbeat
    ws.on('message', (data: Buffer, isBinary) => this.#hear(data, isBinary))
    ws.on('pong', (data: Buffer) => this.#write(`< PONG ${data.toString('hex')}`))
    ws.on('close', (code, reason) => this.#write(`CLOSE ${code} "${reason.toString()}"`))
    ws.on('error', (error) => this.#write(`ERR ${error.message}`))
    ws.on('unexpected-response', (_request, response) => {
      response.resume()
      this.#write(`HTTP ${response.statusCode}`)
    })
  }

  /** Connects, or writes down why not. */
  static async open(url: string, protocols?: string[], options?: ClientOptions): Promise<Tape> {
    const tape = new Tape(
      new WebSocket(url, protocols, options),
      url.includes('vsn=2') ? heartbeats.v2 : heartbeats.v1,
    )
    tape.ws.on('open', () => tape.#wake())
    await tape.#until(() => tape.isOpen || tape.lines.length > 0)
    return tape
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN
  }

  /** Writes down and sends a line of a transcript: text, or `bin` and hexadecimal digits. */
  send(line: string): void {
    this.lines.push(`> ${line}`)
    this.ws.send(line.startsWith('bin ') ? Buffer.from(line.slice(4), 'hex') : line)
  }

  /** Waits until that many lines have come, or enough time for them has passed, and all that the server had to say until then is there. */
  async hear(count: number): Promise<void> {
    const wanted = this.lines.length + count
    await this.#until(() => this.lines.length >= wanted)
    if (!this.isOpen) return
    const marks = this.#marks
    this.ws.send(this.#heartbeat)
    await this.#until(() => this.#marks > marks || !this.isOpen)
  }

  /** Waits for the close frame. */
  closed(): Promise<void> {
    return this.#until(() => this.ws.readyState === WebSocket.CLOSED)
  }

  [Symbol.dispose](): void {
    this.ws.removeAllListeners('close')
    this.ws.terminate()
  }

  #hear(data: Buffer, isBinary: boolean): void {
    const text = isBinary ? `bin ${data.toString('hex')}` : data.toString()
    if (text.includes(MARK)) this.#marks += 1
    else this.lines.push(`< ${text}`)
    this.#wake()
  }

  #write(line: string): void {
    this.lines.push(line)
    this.#wake()
  }

  async #until(isThere: () => boolean): Promise<void> {
    const giveUpAtMs = Date.now() + DEADLINE_MS
    while (!isThere() && Date.now() < giveUpAtMs)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, giveUpAtMs - Date.now())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
  }
}
