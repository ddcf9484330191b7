/**
 * The WebSocket close codes that the server sends. Clients reconnect after each of them. 1000 is not among them: older
 * phoenix.js clients stay down after it, so it only ever goes out as the echo of a client's own close. `ws` itself sends
 * 1002 (broken framing), 1007 (text that is not UTF-8) and 1009 (frame over `maxFrameBytes`).
 */
export const closeCodes = {
  /** The server ends this user's connections; some clients (Supabase's Python one) stay down after it. */
  goingAway: 1001,
  /** Nothing came in for `idleTimeoutMs`. */
  idle: 1002,
  /** A frame that is no message, or a fault of ours while handling one. */
  malformed: 1011,
  /** The server drains, or wants the client to come back elsewhere. */
  restart: 1012,
  /** The client reads too slowly, or sends more than can wait. */
  overloaded: 1013,
} as const

/** One of {@link closeCodes}. */
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]
