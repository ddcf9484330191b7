import {
  connectivityState,
  Metadata,
  status,
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import type { TlsFiles } from './credentials.js'
import { toChannelCredentials } from './credentials.js'
import { Instances } from './instances.js'
import { KEEPALIVE_MS, MAX_GRPC_MESSAGE_BYTES } from './server.js'
import { fromGrpcError } from './status.js'

/** How to reach one kind of service. */
export type GrpcClientOptions = {
  /** `host:port` of each instance; at least one. */
  addresses: readonly string[]
  tls: TlsFiles | undefined
  /** Undefined with mutual TLS. */
  serviceToken: string | undefined
  /** What is known of the instances; shared by the clients of their services. Default: its own. */
  instances?: Instances<string>
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall

const channelOptions = {
  'grpc.max_receive_message_length': MAX_GRPC_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_GRPC_MESSAGE_BYTES,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': KEEPALIVE_MS.time,
  'grpc.keepalive_timeout_ms': KEEPALIVE_MS.timeout,
  'grpc-node.flow_control_window': 1024 * 1024,
}

type StreamMethod<Request, Response> = (metadata: Metadata) => ClientDuplexStream<Request, Response>

/** Default deadline of a unary call, in milliseconds. */
const UNARY_DEADLINE_MS = 5_000

/** The share of the deadline that the first instance has for a call that another can be asked as well. */
const FIRST_TRY = 0.3

/** Methods that change nothing, by their names, which follow Google's API guide: a second call does no harm. */
const repeatable = /\/(Get|List|Verify|Search|Lookup)[A-Z]\w*$/

/** Whether a method, as `/recado.v1.UsersService/GetUser`, may be called again when no answer came. */
export function isRepeatable(path: string): boolean {
  return repeatable.test(path)
}

type Stub<C extends Client> = new (
  address: string,
  credentials: ReturnType<typeof toChannelCredentials>,
  options: object,
) => C

/** What a call may say beside its request. */
export type CallExtras = { userId?: string; clientAddress?: string; deadlineMs?: number }

/**
 * Clients of one service, one for each instance. A call goes to the next instance that looks well; one that does not answer is left
 * alone for a while. A call that changes nothing is asked of another instance when the first one is away or silent.
 */
export class GrpcClients<C extends Client> {
  readonly #clients: ReadonlyMap<string, C>
  readonly #instances: Instances<string>
  readonly #token: string | undefined

  constructor(stub: Stub<C>, { addresses, tls, serviceToken, instances }: GrpcClientOptions) {
    this.#clients = new Map(
      addresses.map((address) => [address, new stub(address, toChannelCredentials(tls), channelOptions)]),
    )
    this.#instances = instances ?? new Instances([...this.#clients.keys()])
    this.#token = serviceToken
  }

  /** Every instance's client, in the order of the addresses. */
  get all(): readonly C[] {
    return [...this.#clients.values()]
  }

  /** The metadata of a call: for `userId` if it acts for one, from `clientAddress` if that counts. */
  metadata({ userId, clientAddress }: { userId?: string; clientAddress?: string } = {}): Metadata {
    const metadata = new Metadata()
    if (this.#token !== undefined) metadata.set('authorization', `Bearer ${this.#token}`)
    if (userId !== undefined) metadata.set('recado-user-id', userId)
    if (clientAddress !== undefined) metadata.set('recado-client-address', clientAddress)
    return metadata
  }

  /** Opens a stream on the next instance. One that fails, or is given up, leaves that instance alone for a while. */
  open<Request, Response>(
    method: (client: C) => StreamMethod<Request, Response>,
  ): ClientDuplexStream<Request, Response> {
    const address = this.#next()
    const client = this.#client(address)
    const stream = method(client).call(client, this.metadata())
    stream.once('data', () => this.#instances.answered(address))
    stream.once('error', ({ code }: ServiceError) => {
      if (code === status.CANCELLED || code === status.DEADLINE_EXCEEDED) this.#instances.failed(address)
    })
    return stream
  }

  /** Calls a unary method with a deadline (default 5 s). Rejects with the `RecadoError` that the service meant. */
  async call<Request, Response>(
    method: (client: C) => UnaryMethod<Request, Response>,
    request: Request,
    { deadlineMs = UNARY_DEADLINE_MS, ...who }: CallExtras = {},
  ): Promise<Response> {
    const address = this.#next()
    const until = performance.now() + deadlineMs
    const ask = (instance: string, ms: number) => this.#ask(instance, method, request, this.metadata(who), ms)
    const { path = '' } = method(this.#client(address)) as { path?: string }
    if (this.#clients.size === 1 || !isRepeatable(path)) return ask(address, deadlineMs)
    try {
      return await ask(address, deadlineMs * FIRST_TRY)
    } catch (error) {
      const leftMs = until - performance.now()
      if (!isSilence(error) || leftMs <= 0) throw error
      return ask(this.#next(address), leftMs)
    }
  }

  /** Closes the connections; calls in hand fail. */
  close(): void {
    for (const client of this.#clients.values()) client.close()
  }

  #ask<Request, Response>(
    address: string,
    method: (client: C) => UnaryMethod<Request, Response>,
    request: Request,
    metadata: Metadata,
    deadlineMs: number,
  ): Promise<Response> {
    const client = this.#client(address)
    const deadline = Date.now() + deadlineMs
    return new Promise((resolve, reject) => {
      method(client).call(client, request, metadata, { deadline }, (error, response) => {
        if (error?.code === status.DEADLINE_EXCEEDED) this.#instances.failed(address)
        else this.#instances.answered(address)
        if (error) reject(fromGrpcError(error))
        else resolve(response)
      })
    })
  }

  #next(except?: string): string {
    const isAway = (address: string) =>
      this.#client(address).getChannel().getConnectivityState(true) === connectivityState.TRANSIENT_FAILURE
    return this.#instances.next(isAway, except)
  }

  #client(address: string): C {
    const client = this.#clients.get(address)
    if (!client) throw new RecadoError('unavailable', 'No address of the service is known.')
    return client
  }
}

/** Whether it may be that nobody has heard the question. */
function isSilence(error: unknown): boolean {
  return error instanceof RecadoError && (error.code === 'unavailable' || error.code === 'deadline_exceeded')
}
