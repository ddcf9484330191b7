import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { cannotListen, toAddress, type Listening } from '../address.js'
import { toServerCredentials, type TlsFiles } from './credentials.js'
import { readDescriptors } from './descriptors.js'
import { addReflection } from './reflection.js'
import { Requests } from './requests.js'

/** The largest message either side takes, in bytes. */
export const MAX_GRPC_MESSAGE_BYTES = 16 * 1024 * 1024

/** Where and how a gRPC server listens. */
export type GrpcServerOptions = Listening & {
  tls: TlsFiles | undefined
  /** Full names of the services that are listed by reflection, as `recado.v1.UsersService`. */
  services: readonly string[]
  /** How long calls in hand may take when it stops, in milliseconds. Default 5,000. */
  drainMs?: number
}

/** A gRPC server with health and reflection, both open to callers without a token. */
export class GrpcServer {
  readonly #registry = readDescriptors()
  readonly #requests = new Requests(this.#registry)
  readonly #server = new Server({
    interceptors: [this.#requests.interceptor],
    'grpc.max_receive_message_length': MAX_GRPC_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_GRPC_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc-node.flow_control_window': 1024 * 1024,
  })
  readonly #options: GrpcServerOptions
  readonly #health: HealthImplementation
  #port = 0
  #starting: Promise<void> | undefined

  constructor(options: GrpcServerOptions) {
    this.#options = options
    this.#health = new HealthImplementation(
      Object.fromEntries(['', ...options.services].map((name) => [name, 'NOT_SERVING'])),
    )
    this.#health.addToServer(this.#server)
    addReflection(this.#server, this.#registry, [...options.services, 'grpc.health.v1.Health'])
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
