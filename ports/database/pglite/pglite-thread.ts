import { Worker } from 'node:worker_threads'

const workerFile = new URL('./pglite-worker.mjs', import.meta.url)

/** What a connection hears of its thread. */
export interface ThreadUser {
  /** The answer to what was sent last. */
  receive(reply: Uint8Array): void
  /** The thread has died. */
  lost(error: Error): void
}

/** PGlite on a folder, in a thread of its own, with the connections that share it. */
export class PgliteThread {
  readonly #worker: Worker
  readonly #users = new Map<number, ThreadUser>()
  #connections = 0
  #hasEnded = false
  /** Resolves once PGlite serves; rejects where it dies before. The first start on a new folder takes seconds. */
  readonly ready: Promise<void>
  /** Resolves once nothing of it is at work in the folder. */
  readonly ended: Promise<void>

  constructor(dataDir: string) {
    const worker = new Worker(workerFile, { workerData: { dataDir }, execArgv: [] })
    this.#worker = worker
    this.ready = new Promise((resolve, reject) => {
      worker.once('message', () => resolve())
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('its thread has ended')))
    })
    // Whoever uses it hears of it; that nobody does is no fault.
    this.ready.catch(() => undefined)
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()))
    worker.on('message', (answer: 'ready' | { connection: number; reply: Uint8Array }) => {
      if (answer !== 'ready') this.#users.get(answer.connection)?.receive(answer.reply)
    })
    worker.once('error', (error) => this.#end(error))
    worker.once('exit', () => this.#end(new Error('the thread of the embedded database has ended')))
  }

  /** Whether it can no longer be used. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Lets a connection in; the number names it. */
  add(user: ThreadUser): number {
    const connection = ++this.#connections
    this.#users.set(connection, user)
    return connection
  }

  /** Hands a connection's bytes over; one answer comes for each call. */
  send(connection: number, bytes: Uint8Array): void {
    this.#worker.postMessage({ kind: 'query', connection, bytes })
  }

  /** Lets a connection go; what it has begun is rolled back. */
  remove(connection: number): void {
    if (this.#users.delete(connection) && !this.#hasEnded)
      this.#worker.postMessage({ kind: 'gone', connection })
  }

  /** Shuts PGlite down behind what was sent before. */
  close(): Promise<void> {
    if (!this.#hasEnded) this.#worker.postMessage({ kind: 'close' })
    return this.ended
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  #end(error: Error): void {
    this.#hasEnded = true
    for (const user of this.#users.values()) user.lost(error)
    this.#users.clear()
  }
}
