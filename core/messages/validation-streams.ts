import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { ValidationStream, type ValidationCall } from './validation-stream.js'
import type { Validator } from './validator.js'

/** The validation streams that are open, so that a stop can end them. */
export class ValidationStreams {
  readonly #validator: Validator
  readonly #log: Log
  readonly #open = new Set<ValidationStream>()
  #isStopping = false

  constructor(validator: Validator, log: Log) {
    this.#validator = validator
    this.#log = log
  }

  /** Answers a stream until it is over. */
  serve(call: ValidationCall): void {
    const stream = new ValidationStream(call, this.#validator, this.#log)
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

function stopping(): RecadoError {
  return new RecadoError('unavailable', 'This server is stopping. Ask another.')
}
