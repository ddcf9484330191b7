import type { ClientDuplexStream } from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import { fromGrpcError } from './status.js'

/** How items travel on the stream. */
export type BatchingOptions<Item, Result, Request, Response> = {
  /** Opens a stream; called again after one has ended. */
  open(): ClientDuplexStream<Request, Response>
  toRequest(batch: number, items: readonly Item[]): Request
  fromResponse(response: Response): { batch: number; results: readonly Result[] }
  /** The most items in one frame; more travel only where one group is larger. */
  maxItems: number
  /** The most items that wait; beyond it `resource_exhausted`. */
  maxWaiting: number
  /** How long a group may take, in milliseconds, tries after a lost stream included. */
  deadlineMs: number
}

type Group<Item, Result> = {
  items: readonly Item[]
  expiresAt: number
  resolve(results: readonly Result[]): void
  reject(error: RecadoError): void
}

const FIRST_BACKOFF_MS = 20
const MAX_BACKOFF_MS = 500

/**
 * Asks questions over one long-lived bidirectional stream, in natural batches: what has come while the last batch was being
 * answered is the next one. One batch is in flight at a time, so answers keep the order of the questions. When the stream is lost,
 * the batch is asked again on a new one until its deadline: the questions must be repeatable.
 */
export class BatchingStream<Item, Result, Request, Response> {
  readonly #options: BatchingOptions<Item, Result, Request, Response>
  #waiting: Group<Item, Result>[] = []
  #waitingItems = 0
  #inFlight: { batch: number; groups: Group<Item, Result>[] } | undefined
  #stream: ClientDuplexStream<Request, Response> | undefined
  #batches = 0
  #backoffMs = FIRST_BACKOFF_MS
  #timer: NodeJS.Timeout | undefined
  #sweep: NodeJS.Timeout | undefined
  #isScheduled = false
  #isClosed = false

  constructor(options: BatchingOptions<Item, Result, Request, Response>) {
    this.#options = options
  }

  /**
   * Asks about one group of items; the results are in their order.
   * @throws `unavailable` when no answer came in time or the stream is closed, `resource_exhausted` when too many wait, and what the service ended the stream with if a retry cannot help.
   */
  submit(items: readonly Item[]): Promise<readonly Result[]> {
    if (this.#isClosed)
      return Promise.reject(new RecadoError('unavailable', 'This server is stopping. Reconnect.'))
    if (this.#waitingItems + items.length > this.#options.maxWaiting) {
      return Promise.reject(
        new RecadoError('resource_exhausted', 'Too much is waiting here. Try again shortly.', {
          retryAfterMs: 1_000,
        }),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, expiresAt: Date.now() + this.#options.deadlineMs, resolve, reject })
      this.#waitingItems += items.length
      this.#sweep ??= setInterval(() => this.#expire(), 250)
      this.#schedule()
    })
  }

  /** Rejects what waits and ends the stream. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearInterval(this.#sweep)
    this.#stream?.end()
    const groups = [...(this.#inFlight?.groups ?? []), ...this.#waiting]
    this.#inFlight = undefined
    this.#waiting = []
    for (const group of groups)
      group.reject(new RecadoError('unavailable', 'This server is stopping. Reconnect.'))
  }

  /** One turn of the loop later, so that what arrives in this one travels together. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight || this.#timer) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#ask()
    })
  }

  #ask(): void {
    if (this.#isClosed || this.#inFlight || this.#timer || this.#waiting.length === 0) return
    const groups: Group<Item, Result>[] = []
    let size = 0
    while (
      this.#waiting[0] &&
      (size === 0 || size + this.#waiting[0].items.length <= this.#options.maxItems)
    ) {
      const group = this.#waiting.shift() as Group<Item, Result>
      size += group.items.length
      groups.push(group)
    }
    this.#waitingItems -= size
    this.#inFlight = { batch: ++this.#batches, groups }
    this.#write()
  }

  #write(): void {
    if (!this.#inFlight) return
    this.#stream ??= this.#open()
    this.#stream.write(
      this.#options.toRequest(
        this.#inFlight.batch,
        this.#inFlight.groups.flatMap((group) => group.items),
      ),
    )
  }

  #open(): ClientDuplexStream<Request, Response> {
    const stream = this.#options.open()
    const lost = (error?: Error) => {
      if (this.#stream === stream) this.#retry(error)
    }
    stream.on('data', (response: Response) => this.#answer(response))
    stream.on('error', lost)
    stream.on('end', lost)
    return stream
  }

  #answer(response: Response): void {
    const { batch, results } = this.#options.fromResponse(response)
    const inFlight = this.#inFlight
    if (inFlight?.batch !== batch) return
    this.#inFlight = undefined
    this.#backoffMs = FIRST_BACKOFF_MS
    let from = 0
    for (const group of inFlight.groups) {
      group.resolve(results.slice(from, from + group.items.length))
      from += group.items.length
    }
    this.#schedule()
  }

  #retry(cause: Error | undefined): void {
    this.#stream = undefined
    if (this.#isClosed) return
    const error = cause && fromGrpcError(cause)
    if (error && !error.retryable) {
      for (const group of this.#inFlight?.groups ?? []) group.reject(error)
      this.#inFlight = undefined
    }
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        if (this.#inFlight) this.#write()
        else this.#ask()
      },
      this.#backoffMs * (0.5 + Math.random() / 2),
    )
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
  }

  #expire(): void {
    const now = Date.now()
    const inFlight = this.#inFlight
    // One group's end must not take the answer from the others of its batch, so only a batch that is wholly late is given up.
    if (inFlight?.groups.every((group) => group.expiresAt <= now)) {
      for (const group of inFlight.groups) group.reject(late())
      this.#inFlight = undefined
      this.#stream?.cancel()
    }
    while (this.#waiting[0] && this.#waiting[0].expiresAt <= now) {
      const group = this.#waiting.shift() as Group<Item, Result>
      this.#waitingItems -= group.items.length
      group.reject(late())
    }
    if (!this.#inFlight && this.#waiting.length === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
  }
}

function late(): RecadoError {
  return new RecadoError('unavailable', 'The service did not answer in time. Try again.')
}
