/**
 * The largest body where a route says nothing else, in bytes: a name, a password and keys, escaped character by character.
 */
export const MAX_BODY_BYTES = 8 * 1024

/** How the HTTP face behaves. Every limit holds for one gateway. */
export type HttpConfig = {
  /**
   * Whose `X-Forwarded-*` headers are believed: nobody's (false), everybody's (true), or those of these addresses and networks,
   * by comma (`10.0.0.0/8`, `loopback`).
   */
  trustProxy: boolean | string
  /** Open connections, WebSockets included; more are refused as they come. */
  maxConnections: number
  /** Requests being answered at once; more are refused as `unavailable`. */
  maxRequestsInHand: number
  /** All headers of a request together with its first line, in bytes. */
  maxHeaderBytes: number
  /** How long a request's headers may take to come, in milliseconds. */
  headersTimeoutMs: number
  /** How long a whole request may take to come, in milliseconds; not less than the headers may. */
  requestTimeoutMs: number
  /** How long a connection may idle between requests, in milliseconds. */
  keepAliveTimeoutMs: number
  /** How long `POST /messages` waits for an accepted message to be stored, in milliseconds. */
  storeTimeoutMs: number
}

/** What holds where nothing else is set. */
export const httpDefaults: HttpConfig = {
  trustProxy: false,
  maxConnections: 100_000,
  maxRequestsInHand: 4_096,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  storeTimeoutMs: 5_000,
}
