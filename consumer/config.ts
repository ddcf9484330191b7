import type { GrpcClientOptions } from '../lib/grpc/client.js'
import type { TlsFiles } from '../lib/grpc/credentials.js'

/** What the consumer needs to know. */
export type ConsumerConfig = {
  /** Where its gRPC server listens. */
  host: string
  /** 0: any free one. */
  port: number
  tls: TlsFiles | undefined
  /** What callers must send; undefined with mutual TLS. */
  serviceToken: string | undefined
  /** How to reach core. */
  core: GrpcClientOptions
}
