import { MAX_PAYLOAD_BYTES } from '../../../contract/limits.js'
import { RecadoError } from '../../../lib/errors.js'
import type {
  DeadLetter,
  Delivery,
  PublishOptions,
  Queue,
  QueueName,
  QueueSession,
  TakeLimits,
} from '../../../ports/queue/queue.js'

type Waiting = { body: Buffer; messageId: string | undefined }

/** The queue in memory, for tests that make it slow, failing or frozen. */
export class MemoryQueue implements Queue {
  readonly dead: DeadLetter[] = []
  /** Runs before a message is queued or buried; may wait or throw. */
  before: (call: 'publish' | 'bury', body: Buffer) => unknown = () => undefined
  readonly #lines = new Map<QueueName, Waiting[]>()
  readonly #sessions = new Map<QueueName, MemorySession>()

  /** What waits, what a session holds unsettled included. */
  depth(name: QueueName): number {
    return this.line(name).length + (this.#sessions.get(name)?.unsettled.size ?? 0)
  }

  line(name: QueueName): Waiting[] {
    const line = this.#lines.get(name) ?? []
    this.#lines.set(name, line)
    return line
  }

  async publish(partition: number, body: Buffer, { messageId }: PublishOptions = {}): Promise<void> {
    await this.before('publish', body)
    this.#put(partition, { body, messageId })
  }

  async publishToInbox(_key: string, body: Buffer, { messageId }: PublishOptions = {}): Promise<void> {
    this.#put('inbox', { body, messageId })
  }

  async open(name: QueueName, signal: AbortSignal): Promise<MemorySession> {
    signal.throwIfAborted()
    if (this.#sessions.has(name)) throw new RecadoError('unavailable', 'Somebody works it.')
    const session = new MemorySession(this, name, () => this.#sessions.delete(name))
    this.#sessions.set(name, session)
    return session
  }

  async drainDeadLetters(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    const letters = this.dead.splice(0, limit)
    for (const letter of letters) await visit(letter)
    return letters.length
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()))
  }

  #put(name: QueueName, waiting: Waiting): void {
    this.line(name).push(waiting)
    this.#sessions.get(name)?.wake()
  }
}

class MemorySession implements QueueSession {
  readonly unsettled = new Map<number, Waiting>()
  readonly #queue: MemoryQueue
  readonly #name: QueueName
  readonly #onClose: () => void
  readonly #closed = new AbortController()
  #lastTag = 0
  #wake = () => {}

  constructor(queue: MemoryQueue, name: QueueName, onClose: () => void) {
    this.#queue = queue
    this.#name = name
    this.#onClose = onClose
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  wake(): void {
    this.#wake()
  }

  async take({ maxItems }: TakeLimits): Promise<Delivery[]> {
    const line = this.#queue.line(this.#name)
    while (line.length === 0 && !this.closed.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.closed.aborted) return []
    return line.splice(0, maxItems).map((waiting) => {
      this.unsettled.set(++this.#lastTag, waiting)
      return { ...waiting, tag: this.#lastTag }
    })
  }

  async settle(deliveries: readonly Delivery[]): Promise<void> {
    for (const { tag } of deliveries) this.unsettled.delete(tag)
  }

  async bury(delivery: Delivery, reason: string): Promise<void> {
    await this.#queue.before('bury', delivery.body)
    const { body, messageId } = delivery
    const head = body.subarray(0, MAX_PAYLOAD_BYTES)
    this.#queue.dead.push({ body: head, bytes: body.length, reason, messageId })
    await this.settle([delivery])
  }

  async close(): Promise<void> {
    if (this.closed.aborted) return
    this.#closed.abort()
    this.#queue.line(this.#name).unshift(...this.unsettled.values())
    this.unsettled.clear()
    this.#onClose()
    this.#wake()
  }
}
