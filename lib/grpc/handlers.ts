import type { Metadata } from '@grpc/grpc-js'
import { type handleBidiStreamingCall, type handleUnaryCall, type ServerDuplexStream } from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import type { Log } from '../log.js'
import { toGrpcStatus } from './status.js'

/** Who calls. */
export type Caller = {
  /** The user on whose behalf: metadata `recado-user-id`; undefined when the caller named none. */
  userId: string | undefined
  /** The address of the client behind the caller: metadata `recado-client-address`; undefined when the caller named none. */
  clientAddress: string | undefined
}

/** A caller that acts for a user. */
export type ActingCaller = { userId: string }

/** Wraps plain functions as gRPC handlers: tells who calls, translates errors, logs what is ours to mend. */
export class Handlers {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** A unary call that anybody with the service token may make. */
  unary<Request, Response>(
    handle: (request: Request, caller: Caller) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      this.#run(async () => handle(call.request, toCaller(call.metadata))).then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcStatus(error)),
      )
    }
  }

  /** A unary call on a user's behalf. */
  acting<Request, Response>(
    handle: (request: Request, caller: ActingCaller) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return this.unary((request, { userId }) => {
      if (!userId)
        throw new RecadoError('unauthenticated', 'Name the acting user in the metadata `recado-user-id`.')
      return handle(request, { userId })
    })
  }

  /** A bidirectional stream; `handle` owns it from then on and ends it. */
  stream<Request, Response>(
    handle: (stream: ServerDuplexStream<Request, Response>) => void,
  ): handleBidiStreamingCall<Request, Response> {
    return (stream) => {
      // A cancelled call emits 'error', which would end the process without a listener.
      stream.on('error', (error) => this.#log.debug({ err: error }, 'a stream failed'))
      handle(stream)
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      const error = RecadoError.from(thrown)
      if (error.code === 'internal') this.#log.error({ err: error.cause ?? error }, 'a call failed')
      throw error
    }
  }
}

function toCaller(metadata: Metadata): Caller {
  const read = (name: string) => {
    // What is sent twice comes as one value with a comma, which neither an id nor an address holds.
    const value = metadata.get(name).join(',')
    if (value.includes(',')) throw new RecadoError('invalid_argument', `Send the metadata \`${name}\` once.`)
    return value || undefined
  }
  return { userId: read('recado-user-id'), clientAddress: read('recado-client-address') }
}
