import {
  connectivityState,
  Metadata,
  type CallOptions,
  type Client,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import type { TlsFiles } from './credentials.js'
import { toChannelCredentials } from './credentials.js'
import { KEEPALIVE_MS, MAX_GRPC_MESSAGE_BYTES } from './server.js'
import { fromGrpcError } from './status.js'

/** How to reach one kind of service. */
export type GrpcClientOptions = {
  /** `host:port` of each instance; at least one. */
  addresses: readonly string[]
  tls: TlsFiles | undefined
  /** Undefined with mutual TLS. */
  serviceToken: string | undefined
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

/** Default deadline of a unary call, in milliseconds. */
const UNARY_DEADLINE_MS = 5_000

type Stub<C extends Client> = new (
  address: string,
  credentials: ReturnType<typeof toChannelCredentials>,
  options: object,
) => C

/** Clients of one service, one for each instance; a call goes to the next one that is not known to be away. */
export class GrpcClients<C extends Client> {
  readonly #clients: C[]
  readonly #token: string | undefined
  #next = 0

  constructor(stub: Stub<C>, options: GrpcClientOptions) {
    this.#clients = options.addresses.map(
      (address) => new stub(address, toChannelCredentials(options.tls), channelOptions),
    )
    this.#token = options.serviceToken
  }

  /** Every instance's client, in the order of the addresses. */
  get all(): readonly C[] {
    return this.#clients
  }

  /** The metadata of a call: for `userId` if it acts for one, from `clientAddress` if that counts. */
  metadata({ userId, clientAddress }: { userId?: string; clientAddress?: string } = {}): Metadata {
    const metadata = new Metadata()
    if (this.#token !== undefined) metadata.set('authorization', `Bearer ${this.#token}`)
    if (userId !== undefined) metadata.set('recado-user-id', userId)
    if (clientAddress !== undefined) metadata.set('recado-client-address', clientAddress)
    return metadata
  }

  /** The next instance that is not known to be away; any if all are. */
  pick(): C {
    for (let tried = 0; tried < this.#clients.length; tried++) {
      const client = this.#at(this.#next++)
      if (client.getChannel().getConnectivityState(true) !== connectivityState.TRANSIENT_FAILURE)
        return client
    }
    return this.#at(this.#next)
  }

  /** Calls a unary method with a deadline (default 5 s). Rejects with the `RecadoError` that the service meant. */
  call<Request, Response>(
    method: (client: C) => UnaryMethod<Request, Response>,
    request: Request,
    options: { userId?: string; clientAddress?: string; deadlineMs?: number } = {},
  ): Promise<Response> {
    const client = this.pick()
    const deadline = Date.now() + (options.deadlineMs ?? UNARY_DEADLINE_MS)
    return new Promise((resolve, reject) => {
      method(client).call(client, request, this.metadata(options), { deadline }, (error, response) => {
        if (error) reject(fromGrpcError(error))
        else resolve(response)
      })
    })
  }

  /** Closes the connections; calls in hand fail. */
  close(): void {
    for (const client of this.#clients) client.close()
  }

  #at(index: number): C {
    const client = this.#clients[index % this.#clients.length]
    if (!client) throw new RecadoError('unavailable', 'No address of the service is known.')
    return client
  }
}
