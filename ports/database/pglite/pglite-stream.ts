import { Duplex } from 'node:stream'
import { PgliteThread, type ThreadUser } from './pglite-thread.js'

type Done = (error?: Error | null) => void

/** The first byte of `Terminate`, with which a client says goodbye. The session belongs to the others too, so it is not passed on. */
const TERMINATE = 'X'.charCodeAt(0)

/**
 * What a `pg` client takes for its socket: one of the connections that share PGlite. What is written in one go, such as a whole
 * query, is one message to its thread. A thread that dies is a connection lost.
 */
export class PgliteStream extends Duplex implements ThreadUser {
  readonly #streams: PgliteStreams
  #thread: PgliteThread | undefined
  #connection = 0
  #answered: Done | undefined

  constructor(streams: PgliteStreams) {
    super()
    this.#streams = streams
  }

  /** `connect` is emitted once PGlite serves. */
  connect(): this {
    void this.#open()
    return this
  }

  /** Nothing to do, as with the next three: the client asks it of a real socket. */
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  receive(reply: Uint8Array): void {
    const answered = this.#answered
    this.#answered = undefined
    this.push(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength))
    answered?.()
  }

  lost(error: Error): void {
    this.destroy(error)
  }

  async #open(): Promise<void> {
    const thread = await this.#streams.thread()
    if (this.destroyed) return
    this.#thread = thread
    this.#connection = thread.add(this)
    // Where it dies before, `lost` says so.
    await thread.ready.catch(() => undefined)
    if (!this.destroyed) this.emit('connect')
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (bytes[0] === TERMINATE) return done()
    this.#answered = done
    this.#thread?.send(this.#connection, bytes)
  }

  override _writev(parts: { chunk: Buffer }[], done: Done): void {
    const bytes = Buffer.concat(parts.map((part) => part.chunk))
    this._write(bytes, 'binary', done)
  }

  override _final(done: Done): void {
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    const thread = this.#thread
    thread?.remove(this.#connection)
    // A statement that does not end holds the session up for everybody: only the thread's end ends it.
    const isStuck = this.#answered !== undefined && thread?.hasEnded === false
    void (isStuck ? thread.kill() : Promise.resolve()).then(() => done(error))
  }
}

/** The connections to the PGlite of one folder, and its thread. A thread has ended before the next starts, for two would destroy the data. */
export class PgliteStreams {
  readonly #dataDir: string
  #thread: Promise<PgliteThread> | undefined

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** A new connection, which is made on `connect`. */
  open(): PgliteStream {
    return new PgliteStream(this)
  }

  /** The thread that serves now; another one where it has died. */
  thread(): Promise<PgliteThread> {
    this.#thread = this.#next(this.#thread)
    return this.#thread
  }

  /** Shuts PGlite down and resolves once no thread is at work in the folder any more. */
  async close(): Promise<void> {
    const thread = await this.#thread
    await thread?.close()
  }

  async #next(latest: Promise<PgliteThread> | undefined): Promise<PgliteThread> {
    const thread = await latest
    if (thread && !thread.hasEnded) return thread
    await thread?.ended
    return new PgliteThread(this.#dataDir)
  }
}
