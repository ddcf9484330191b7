import type { ServerDuplexStream } from '@grpc/grpc-js'
import type {
  ValidateMessagesRequest,
  ValidateMessagesResponse,
} from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import { toGrpcStatus } from '../../lib/grpc/status.js'
import type { Log } from '../../lib/log.js'
import type { Validator } from './validator.js'

/** One caller's stream of batches. */
export type ValidationCall = ServerDuplexStream<ValidateMessagesRequest, ValidateMessagesResponse>

/** Batches of one stream that are decided at once; the caller's further ones wait in gRPC's flow control. */
const MAX_IN_HAND = 4

/** Answers one stream of batches, several at once, until the caller ends it, it fails, or core stops. */
export class ValidationStream {
  readonly #call: ValidationCall
  readonly #validator: Validator
  readonly #log: Log
  #inHand = 0
  #isInputOver = false
  #isOver = false

  constructor(call: ValidationCall, validator: Validator, log: Log) {
    this.#call = call
    this.#validator = validator
    this.#log = log
  }

  /** Begins to answer; `onOver` is called once, when the stream is over. */
  start(onOver: () => void): void {
    this.#call.on('data', (request: ValidateMessagesRequest) => void this.#answer(request))
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

  async #answer({ batch, candidates }: ValidateMessagesRequest): Promise<void> {
    this.#inHand++
    if (this.#inHand >= MAX_IN_HAND) this.#call.pause()
    try {
      const verdicts = await this.#validator.validate(candidates)
      if (!this.#isOver) this.#call.write({ batch, verdicts })
    } catch (thrown) {
      const error = RecadoError.from(thrown)
      this.#log.warn({ err: error.cause ?? error }, 'a batch could not be validated')
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
