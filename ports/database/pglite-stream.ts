import { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'

type Done = (error?: Error | null) => void

const workerFile = new URL('./pglite-worker.mjs', import.meta.url)

/**
 * What a `pg` client takes for its socket: PGlite on a folder, in a thread of its own. What is written in one go, such as a whole
 * query, is one message to the thread. The client ends it as it ends a socket; a thread that dies is a connection lost.
 */
export class PgliteStream extends Duplex {
  readonly #dataDir: string
  readonly #folderIsFree: Promise<void>
  #worker: Worker | undefined
  #answered: Done = () => undefined

  constructor(dataDir: string, folderIsFree: Promise<void>) {
    super()
    this.#dataDir = dataDir
    this.#folderIsFree = folderIsFree
  }

  /** Starts the thread; `connect` is emitted once PGlite serves. The first start on a new folder takes seconds. */
  connect(): this {
    void this.#folderIsFree.then(() => this.#start())
    return this
  }

  /** Nothing to do, as with the next three: the client asks it of a real socket. */
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  #start(): void {
    if (this.destroyed) return
    const worker = new Worker(workerFile, { workerData: { dataDir: this.#dataDir }, execArgv: [] })
    worker.once('message', () => {
      worker.on('message', (reply: Uint8Array) => this.#receive(reply))
      this.emit('connect')
    })
    worker.once('error', (error) => this.destroy(error))
    worker.once('exit', () => this.#exited())
    this.#worker = worker
  }

  #receive(reply: Uint8Array): void {
    this.push(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength))
    this.#answered()
  }

  #exited(): void {
    if (this.writableEnded) this.push(null)
    else this.destroy(new Error('the thread of the embedded database has ended'))
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#answered = done
    this.#worker?.postMessage(bytes)
  }

  override _writev(parts: { chunk: Buffer }[], done: Done): void {
    const bytes = Buffer.concat(parts.map((part) => part.chunk))
    this._write(bytes, 'binary', done)
  }

  override _final(done: Done): void {
    if (!this.#worker) return done()
    this.#worker.once('exit', () => done())
    this.#worker.postMessage('close')
  }

  override _destroy(error: Error | null, done: Done): void {
    void (this.#worker?.terminate() ?? Promise.resolve(0)).then(() => done(error))
  }
}

/** Makes the streams of a folder. The thread of one has ended before the next starts, for two would destroy the data. */
export class PgliteStreams {
  readonly #dataDir: string
  #latestClosed = Promise.resolve()

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** A new stream, which starts its thread on `connect`. */
  open(): PgliteStream {
    const stream = new PgliteStream(this.#dataDir, this.#latestClosed)
    this.#latestClosed = new Promise((resolve) => stream.once('close', resolve))
    return stream
  }

  /** Resolves once no thread is at work in the folder any more: `pg` says that it has ended as soon as it has asked for that. */
  closed(): Promise<void> {
    return this.#latestClosed
  }
}
