/** Who a connection belongs to, as its token said. */
export type User = {
  readonly id: string
  /** Names the session in the log of lost rights. */
  readonly sessionId: string
  /** The position in that log which the token's check included. */
  readonly position: number
  /** When the session ends, in milliseconds of `performance.now()`. */
  readonly endsAt: number
}
