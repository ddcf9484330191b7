import {
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import { isSameSecret, WRONG_SERVICE_TOKEN } from './credentials.js'
import { toGrpcStatus } from './status.js'

/** The services that stock tools use without a token: whether it serves, and what there is to call. */
const open = ['/grpc.health.v1.Health/', '/grpc.reflection.']

/** Calls without a token that are open at once: of one address, and of all together. */
const MAX_OPEN_OF_ADDRESS = 16
const MAX_OPEN = 64

/**
 * Lets calls in, before a byte of their requests is read: those that show the service token, and a few of health and reflection
 * without it. Every other service needs the token, whichever it is.
 */
export class Admission {
  readonly #expected: string | undefined
  readonly #openCalls = new Map<string, number>()
  #open = 0

  /** `serviceToken` undefined: the connection itself is proof (mutual TLS). */
  constructor(serviceToken: string | undefined) {
    this.#expected = serviceToken === undefined ? undefined : `Bearer ${serviceToken}`
  }

  /** To be the first of a server's interceptors, so that it hears of a call before the others. */
  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    let leave: () => void = () => undefined
    return new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            try {
              leave = this.#enter(path, metadata, call.getPeer())
            } catch (error) {
              // Nobody asks for its messages then: what still arrives is dropped unread.
              call.sendStatus(toGrpcStatus(error))
              return
            }
            pass(metadata)
          })
          // However a call ends, this comes once and last.
          .withOnCancel(() => leave())
        next(listener.build())
      },
    })
  }

  #enter(path: string, metadata: Metadata, peer: string): () => void {
    if (open.some((start) => path.startsWith(start))) return this.#enterOpen(peer.replace(/:\d+$/, ''))
    const shown = String(metadata.get('authorization')[0] ?? '')
    if (this.#expected !== undefined && !isSameSecret(shown, this.#expected))
      throw new RecadoError(
        'unauthenticated',
        'Send the service token in the metadata: `authorization: Bearer <token>`.',
        { reason: WRONG_SERVICE_TOKEN },
      )
    return () => undefined
  }

  #enterOpen(address: string): () => void {
    const ofAddress = this.#openCalls.get(address) ?? 0
    if (ofAddress >= MAX_OPEN_OF_ADDRESS || this.#open >= MAX_OPEN)
      throw new RecadoError(
        'resource_exhausted',
        'Too many calls without a token are open. Try again shortly.',
        {
          retryAfterMs: 1_000,
        },
      )
    this.#openCalls.set(address, ofAddress + 1)
    this.#open++
    return () => {
      const left = (this.#openCalls.get(address) ?? 1) - 1
      if (left > 0) this.#openCalls.set(address, left)
      else this.#openCalls.delete(address)
      this.#open--
    }
  }
}
