import type { ClientDuplexStream } from '@grpc/grpc-js'
import { Backoff } from '../backoff.js'
import { RecadoError, type ErrorCode } from '../errors.js'
import { fromGrpcError } from './status.js'

/** How items travel on the stream. */
export type BatchingOptions<Item, Result, Request, Response> = {
  /** Opens a stream; called again after one has ended, and then best for another instance. */
  open(): ClientDuplexStream<Request, Response>
  toRequest(batch: number, items: readonly Item[]): Request
  fromResponse(response: Response): { batch: number; results: readonly Result[] }
  /** What an item takes in a request, in bytes, at least. */
  sizeOf(item: Item): number
  /** The most items in one request. */
  maxItems: number
  /** The most bytes in one request, and so of one item. Default 1 MiB: stock services take 4 MiB. */
  maxBytes?: number
  /** The most items that wait; beyond it `resource_exhausted`. */
  maxWaiting: number
  /** The most bytes that wait; beyond it `resource_exhausted`. Default 64 MiB. */
  maxWaitingBytes?: number
  /** How long a group may take, in milliseconds, tries after a lost stream included. */
  deadlineMs: number
  /**
   * A stream that has left a batch without an answer for so long, in milliseconds, is given up and the batch asked again on another. It
   * doubles with each time, until an answer comes sooner, so that a service which is slow is not asked ever more. Default 2,000.
   */
  patienceMs?: number
}

/** What one call of `submit` asked; its items may travel in several batches. */
type Group<Result> = {
  results: Result[]
  missing: number
  expiresAt: number
  isOver: boolean
  resolve(results: readonly Result[]): void
  reject(error: RecadoError): void
}

type Question<Item, Result> = { item: Item; bytes: number; group: Group<Result>; index: number }

const DEFAULT_MAX_BYTES = 1024 * 1024
const DEFAULT_MAX_WAITING_BYTES = 64 * 1024 * 1024
const DEFAULT_PATIENCE_MS = 2_000
const FIRST_BACKOFF_MS = 20
const MAX_BACKOFF_MS = 500
const SWEEP_MS = 100

/** Say nothing about what was asked: the same may be answered later, or by another instance. */
const passing: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline_exceeded', 'aborted'])

/** Are meant for whoever asks, whatever was asked. */
const meantForAll: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'permission_denied', 'unimplemented'])

/**
 * Asks questions over one long-lived bidirectional stream, in natural batches: what has come while the last batch was being
 * answered is the next one. One batch is in flight at a time, so answers keep the order of the questions. When the stream is lost,
 * the batch is asked again on a new one until its deadline: the questions must be repeatable. When a batch is refused for what is in
 * it (its size, one of its items), its halves are asked apart, so that an item at fault fails alone.
 */
export class BatchingStream<Item, Result, Request, Response> {
  readonly #options: BatchingOptions<Item, Result, Request, Response>
  readonly #maxBytes: number
  readonly #maxWaitingBytes: number
  #waiting: Question<Item, Result>[] = []
  #waitingBytes = 0
  /** Parts of a batch that was refused; asked before what waits. */
  #parts: Question<Item, Result>[][] = []
  #inFlight: { batch: number; questions: Question<Item, Result>[]; askedAt: number } | undefined
  #stream: ClientDuplexStream<Request, Response> | undefined
  #batches = 0
  readonly #backoff = new Backoff({ firstMs: FIRST_BACKOFF_MS, maxMs: MAX_BACKOFF_MS })
  #patienceMs: number
  #timer: NodeJS.Timeout | undefined
  #sweep: NodeJS.Timeout | undefined
  #isScheduled = false
  #isClosed = false

  constructor(options: BatchingOptions<Item, Result, Request, Response>) {
    this.#options = options
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
    this.#maxWaitingBytes = options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES
    this.#patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS
  }

  /**
   * Asks about one group of items; the results are in their order.
   * @throws `unavailable` when no answer came in time or the stream is closed, `resource_exhausted` when too much waits,
   * `invalid_argument` for an item that is larger than a batch may be, and what the service refused the group or an item of it with.
   */
  submit(items: readonly Item[]): Promise<readonly Result[]> {
    const sizes = items.map((item) => this.#options.sizeOf(item))
    const fault = this.#findFault(sizes)
    if (fault) return Promise.reject(fault)
    if (items.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const expiresAt = performance.now() + this.#options.deadlineMs
      const group = { results: [], missing: items.length, expiresAt, isOver: false, resolve, reject }
      items.forEach((item, index) => {
        const bytes = sizes[index] ?? 0
        this.#waiting.push({ item, bytes, group, index })
        this.#waitingBytes += bytes
      })
      this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS)
      this.#schedule()
    })
  }

  /** Rejects what waits and ends the stream. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearInterval(this.#sweep)
    this.#stream?.end()
    const open = [...(this.#inFlight?.questions ?? []), ...this.#parts.flat(), ...this.#waiting]
    this.#inFlight = undefined
    this.#parts = []
    this.#waiting = []
    fail(open, stopping())
  }

  #findFault(sizes: readonly number[]): RecadoError | undefined {
    if (this.#isClosed) return stopping()
    if (sizes.some((bytes) => bytes > this.#maxBytes))
      return new RecadoError('invalid_argument', `This is too large: at most ${this.#maxBytes} bytes.`)
    const bytes = sizes.reduce((sum, each) => sum + each, this.#waitingBytes)
    if (this.#waiting.length + sizes.length > this.#options.maxWaiting || bytes > this.#maxWaitingBytes)
      return new RecadoError('resource_exhausted', 'Too much is waiting here. Try again shortly.', {
        retryAfterMs: 1_000,
      })
    return undefined
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
    if (this.#isClosed || this.#inFlight || this.#timer) return
    const questions = (this.#parts.shift() ?? this.#take()).filter(({ group }) => !group.isOver)
    if (questions.length === 0) {
      if (this.#waiting.length + this.#parts.length > 0) this.#schedule()
      return
    }
    this.#inFlight = { batch: ++this.#batches, questions, askedAt: performance.now() }
    this.#write()
  }

  #take(): Question<Item, Result>[] {
    let bytes = 0
    let count = 0
    for (const question of this.#waiting) {
      bytes += question.bytes
      if (count === this.#options.maxItems || bytes > this.#maxBytes) break
      count++
    }
    return this.#shift(count)
  }

  #shift(count: number): Question<Item, Result>[] {
    const questions = this.#waiting.splice(0, count)
    for (const { bytes } of questions) this.#waitingBytes -= bytes
    return questions
  }

  #write(): void {
    if (!this.#inFlight) return
    const { batch, questions } = this.#inFlight
    this.#inFlight.askedAt = performance.now()
    this.#stream ??= this.#open()
    const items = questions.map(({ item }) => item)
    this.#stream.write(this.#options.toRequest(batch, items))
  }

  #open(): ClientDuplexStream<Request, Response> {
    const stream = this.#options.open()
    const lost = (error?: Error) => {
      if (this.#stream === stream) this.#lose(error)
    }
    stream.on('data', (response: Response) => {
      if (this.#stream === stream) this.#answer(response)
    })
    stream.on('error', lost)
    stream.on('end', lost)
    return stream
  }

  #answer(response: Response): void {
    const { batch, results } = this.#options.fromResponse(response)
    const inFlight = this.#inFlight
    if (inFlight?.batch !== batch) return
    this.#inFlight = undefined
    this.#backoff.reset()
    const patienceMs = this.#options.patienceMs ?? DEFAULT_PATIENCE_MS
    if (performance.now() - inFlight.askedAt < patienceMs) this.#patienceMs = patienceMs
    inFlight.questions.forEach(({ group, index }, place) => {
      group.results[index] = results[place] as Result
      if (--group.missing > 0 || group.isOver) return
      group.isOver = true
      group.resolve(group.results)
    })
    this.#schedule()
  }

  #lose(cause: Error | undefined): void {
    this.#stream = undefined
    if (this.#isClosed) return
    const error = cause && fromGrpcError(cause)
    if (error && !passing.has(error.code)) this.#refuse(error)
    this.#askAfter(this.#parts.length > 0 ? FIRST_BACKOFF_MS : this.#backoff.next())
  }

  /** A batch that is refused for what is in it is never repeated as it is. */
  #refuse(error: RecadoError): void {
    const questions = this.#inFlight?.questions ?? []
    this.#inFlight = undefined
    if (questions.length < 2 || meantForAll.has(error.code)) return fail(questions, error)
    const half = Math.ceil(questions.length / 2)
    this.#parts.unshift(questions.slice(0, half), questions.slice(half))
  }

  #askAfter(waitMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (this.#inFlight) this.#write()
      else this.#ask()
    }, waitMs)
  }

  #expire(): void {
    const now = performance.now()
    const isLate = ({ group }: Question<Item, Result>) => group.isOver || group.expiresAt <= now
    const inFlight = this.#inFlight
    // One group's end must not take the answer from the others of its batch, so only a batch that is wholly late is given up.
    if (inFlight?.questions.every(isLate)) {
      this.#inFlight = undefined
      fail(inFlight.questions, late())
      this.#giveUpStream()
    } else if (inFlight && this.#stream && now - inFlight.askedAt > this.#patienceMs) {
      this.#patienceMs *= 2
      this.#giveUpStream()
    }
    const inTime = this.#waiting.findIndex((question) => !isLate(question))
    const expired = [
      ...this.#parts.flat().filter(isLate),
      ...this.#shift(inTime < 0 ? this.#waiting.length : inTime),
    ]
    if (expired.length > 0) fail(expired, late())
    if (!this.#inFlight && this.#waiting.length === 0 && this.#parts.length === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
  }

  #giveUpStream(): void {
    const stream = this.#stream
    this.#stream = undefined
    stream?.cancel()
    this.#askAfter(0)
  }
}

/** The bytes that an item of these texts takes: each in UTF-8, with tag and length. */
export function sizeOfTexts(...texts: readonly (string | undefined)[]): number {
  return texts.reduce<number>(
    (sum, text) => (text === undefined ? sum : sum + Buffer.byteLength(text) + 6),
    12,
  )
}

/** Rejects the groups of these questions; what is left of a group is not asked any more. */
function fail<Item, Result>(questions: readonly Question<Item, Result>[], error: RecadoError): void {
  for (const { group } of questions) {
    group.isOver = true
    group.reject(error)
  }
}

function late(): RecadoError {
  return new RecadoError('unavailable', 'The service did not answer in time. Try again.')
}

function stopping(): RecadoError {
  return new RecadoError('unavailable', 'This server is stopping. Reconnect.')
}
