import {
  addAdminServicesToServer,
  Server,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { cannotListen, toAddress, type Listening } from '../address.js'
import { Admission } from './admission.js'
import { toServerCredentials, type TlsFiles } from './credentials.js'
import { readDescriptors } from './descriptors.js'
import { addReflection } from './reflection.js'
import { Requests, type Checks } from './requests.js'

/** The largest message that is sent, and that a client of ours takes, in bytes. */
export const MAX_GRPC_MESSAGE_BYTES = 16 * 1024 * 1024

/** The largest request, in bytes: the largest batch of ours is 1 MiB and one item. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024

/** Calls that one connection may have open at once; those beyond it wait in the client. */
const MAX_STREAMS_OF_CONNECTION = 1_000

/** A connection older than this gets no new calls, so that they spread over instances that came later; streams go on. In milliseconds. */
const MAX_CONNECTION_AGE_MS = 5 * 60 * 1_000

/** A connection that says nothing for `time` is asked, and is dead where no answer comes within `timeout`; in milliseconds, at both ends. */
export const KEEPALIVE_MS = { time: 5_000, timeout: 4_000 }

/** Where and how a gRPC server listens. */
export type GrpcServerOptions = Listening & {
  tls: TlsFiles | undefined
  /** What callers must show; undefined with mutual TLS. */
  serviceToken: string | undefined
  /** Full names of the services that are listed by reflection, as `recado.v1.UsersService`. */
  services: readonly string[]
  /** What is checked of unary requests beside the rules of the contract. Default: nothing. */
  checks?: Checks
  /** How long calls in hand may take when it stops, in milliseconds. Default 5,000. */
  drainMs?: number
}

/**
 * A gRPC server. Callers need the service token for all but health and reflection; channelz, which tells operators of connections
 * and calls, needs it too.
 */
export class GrpcServer {
  readonly #requests: Requests
  readonly #server: Server
  readonly #options: GrpcServerOptions
  readonly #health: HealthImplementation
  #port = 0
  #starting: Promise<void> | undefined

  constructor(options: GrpcServerOptions) {
    this.#options = options
    const descriptors = readDescriptors()
    this.#requests = new Requests(descriptors, options.checks ?? {})
    this.#server = new Server({
      interceptors: [new Admission(options.serviceToken).interceptor, this.#requests.interceptor],
      'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
      'grpc.max_send_message_length': MAX_GRPC_MESSAGE_BYTES,
      'grpc.max_concurrent_streams': MAX_STREAMS_OF_CONNECTION,
      'grpc.max_connection_age_ms': MAX_CONNECTION_AGE_MS,
      'grpc.keepalive_time_ms': KEEPALIVE_MS.time,
      'grpc.keepalive_timeout_ms': KEEPALIVE_MS.timeout,
      'grpc-node.flow_control_window': 1024 * 1024,
    })
    this.#health = new HealthImplementation(
      Object.fromEntries(['', ...options.services].map((name) => [name, 'NOT_SERVING'])),
    )
    this.#health.addToServer(this.#server)
    addReflection(this.#server, descriptors, [...options.services, 'grpc.health.v1.Health'])
    addAdminServicesToServer(this.#server)
  }

  /** The port it listens on, once started. */
  get port(): number {
    return this.#port
  }

  /** Adds a service, before {@link start}. Its requests are read as {@link Requests} says. */
  addService<I extends UntypedServiceImplementation>(service: ServiceDefinition<I>, implementation: I): void {
    this.#server.addService(this.#requests.define(service), implementation)
  }

  /** Resolves when it listens. Rejects with `unavailable` when the port cannot be had. */
  start(): Promise<void> {
    this.#starting ??= this.#bind().then((port) => void (this.#port = port))
    return this.#starting
  }

  /** Tells health checks whether calls are answered now. */
  setServing(serving: boolean): void {
    for (const name of ['', ...this.#options.services])
      this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING')
  }

  /** Finishes the calls in hand, at most for the drain time, then stops. Long streams must have been ended before. */
  async stop(): Promise<void> {
    this.setServing(false)
    await this.#starting?.catch(() => undefined)
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.#server.forceShutdown(), this.#options.drainMs ?? 5_000)
      this.#server.tryShutdown(() => {
        clearTimeout(force)
        resolve()
      })
    })
  }

  #bind(): Promise<number> {
    const { host, port, tls } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(toAddress(host, port), toServerCredentials(tls), (cause, bound) => {
        if (cause) reject(cannotListen(this.#options, cause))
        else resolve(bound)
      })
    })
  }
}
