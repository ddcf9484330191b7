import type { ServerDuplexStream } from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import type { Log } from '../log.js'
import { toGrpcStatus } from './status.js'

/** Answers one batch. A rejection ends its stream. */
export type Answer<Request, Response> = (request: Request) => Promise<Response>

/** Batches of one stream that are answered at once; the caller's further ones wait in gRPC's flow control. */
const MAX_IN_HAND = 4

/** The streams of batches that a service answers: the other end of a `BatchingStream`. Kept, so that a stop can end them. */
export class AnsweredStreams<Request, Response> {
  readonly #answer: Answer<Request, Response>
  readonly #log: Log
  readonly #open = new Set<AnsweredStream<Request, Response>>()
  #isStopping = false

  constructor(answer: Answer<Request, Response>, log: Log) {
    this.#answer = answer
    this.#log = log
  }

  /** Answers a stream until the caller ends it, an answer fails, or {@link stop}. */
  serve(call: ServerDuplexStream<Request, Response>): void {
    const stream = new AnsweredStream(call, this.#answer, this.#log)
    this.#open.add(stream)
    stream.start(() => this.#open.delete(stream))
    if (this.#isStopping) stream.fail(stopping())
  }

  /** Ends every stream with `unavailable`: its batches can be asked again elsewhere. */
  stop(): void {
    this.#isStopping = true
    for (const stream of this.#open) stream.fail(stopping())
  }
}

class AnsweredStream<Request, Response> {
  readonly #call: ServerDuplexStream<Request, Response>
  readonly #answer: Answer<Request, Response>
  readonly #log: Log
  #inHand = 0
  #isInputOver = false
  #isOver = false

  constructor(call: ServerDuplexStream<Request, Response>, answer: Answer<Request, Response>, log: Log) {
    this.#call = call
    this.#answer = answer
    this.#log = log
  }

  /** Begins to answer; `onOver` is called once, when the stream is over. */
  start(onOver: () => void): void {
    this.#call.on('data', (request: Request) => void this.#take(request))
    this.#call.on('drain', () => this.#readOn())
    this.#call.on('end', () => {
      this.#isInputOver = true
      this.#finish()
    })
    this.#call.on('cancelled', () => (this.#isOver = true))
    this.#call.once('close', onOver)
  }

  /** Ends the stream with an error, once. */
  fail(error: RecadoError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#call.emit('error', toGrpcStatus(error))
  }

  async #take(request: Request): Promise<void> {
    this.#inHand++
    if (this.#inHand >= MAX_IN_HAND) this.#call.pause()
    try {
      const response = await this.#answer(request)
      if (!this.#isOver) this.#call.write(response)
    } catch (thrown) {
      const error = RecadoError.from(thrown)
      this.#log.warn({ err: error.cause ?? error }, 'a batch could not be answered')
      this.fail(error)
    }
    this.#inHand--
    this.#readOn()
    this.#finish()
  }

  #readOn(): void {
    if (this.#inHand < MAX_IN_HAND && !this.#call.writableNeedDrain) this.#call.resume()
  }

  #finish(): void {
    if (!this.#isInputOver || this.#inHand > 0 || this.#isOver) return
    this.#isOver = true
    this.#call.end()
  }
}

function stopping(): RecadoError {
  return new RecadoError('unavailable', 'This server is stopping. Ask another.')
}
