/**
 * A client's correlation id. It is opaque: echoed with its JSON type and compared with `===`; `"0"` and `""` are refs like
 * any other. A string has at most 255 bytes; a number beyond 2^53 loses digits, as in every JavaScript client.
 */
export type Ref = string | number | null

/** What a topic or event may be on the wire: only strings lead anywhere, the rest is unmatched. */
export type Scalar = string | number | boolean | null

/** What a client sent, decoded. */
export type InboundMessage = {
  /** Which join of the topic this belongs to; null matches any. */
  joinRef: Ref
  /** Comes back in the reply. */
  ref: Ref
  topic: Scalar
  event: Scalar
  /** Any JSON value, or the bytes (`Uint8Array`) of a binary frame; the handler checks it. */
  payload: unknown
}

/** What goes to a client as JSON. */
export type OutboundMessage = {
  /** The channel's join_ref; null in broadcasts, heartbeat replies and unmatched-topic replies. */
  joinRef: Ref
  /** The request's ref in a reply; null in pushes and broadcasts. */
  ref: Ref
  /** A string, except where an unmatched topic of another type is echoed. */
  topic: Scalar
  event: string
  /** A JSON object, already stringified. */
  payloadJson: string
}

/** What goes to a client with a binary payload. Each name has at most 255 bytes of UTF-8. */
export type OutboundBinary = { topic: string; bytes: Uint8Array } & (
  | { kind: 'push'; joinRef: Ref; event: string }
  | { kind: 'reply'; joinRef: Ref; ref: Ref; status: string }
  | { kind: 'broadcast'; event: string }
)
