import type { InboundMessage, OutboundMessage } from './message.js'

/** One version of the wire format. Serializers have no state: one object serves all connections of its version. */
export interface Serializer {
  /**
   * Reads the payload of one WebSocket frame.
   *
   * @throws MalformedFrame when it is not a message of this version; the connection is then closed with 1011.
   */
  decode(data: Buffer, isBinary: boolean): InboundMessage
  /** Writes one complete, unmasked WebSocket frame, header included, ready for the TCP socket. */
  encode(message: OutboundMessage): Buffer
}

/** A frame that is no message of the connection's version. There is no reply to it; the connection ends with 1011. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'
}
