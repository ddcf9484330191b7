import type { InboundMessage, OutboundBinary, OutboundMessage } from './message.js'

/** One version of the wire format. Serializers have no state: one object serves all connections of its version. */
export interface Serializer {
  /** Whether what goes out carries the join_ref, by which a client tells a topic's joins apart. */
  readonly carriesJoinRef: boolean
  /**
   * Reads the payload of one WebSocket frame.
   *
   * @throws MalformedFrame when it is not a message of this version; the connection is then closed with 1011.
   */
  decode(data: Buffer, isBinary: boolean): InboundMessage
  /** Writes one complete, unmasked WebSocket frame, header included, ready for the TCP socket. */
  encode(message: OutboundMessage): Buffer
  /**
   * As `encode`, for a binary payload. Absent where the version has none.
   *
   * @throws RangeError when a name is over 255 bytes.
   */
  encodeBinary?(message: OutboundBinary): Buffer
}

/** A frame that is no message of the connection's version. There is no reply to it; the connection ends with 1011. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'
}
