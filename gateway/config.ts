import type { GrpcClientOptions } from '../lib/grpc/client.js'
import type { HttpConfig } from './http/config.js'
import type { LimitsConfig } from './limits.js'

/** What the gateway needs to know. */
export type GatewayConfig = {
  /** Where HTTP and WebSocket listen. */
  host: string
  /** 0: any free one. */
  port: number
  http: HttpConfig
  limits: LimitsConfig
  /** Pages that may connect, by origin; undefined: those of the request's own host. */
  origins: readonly string[] | undefined
  /** How to reach core. */
  core: GrpcClientOptions
  /** How to reach the consumers: each gets a stream. */
  consumers: GrpcClientOptions
}
