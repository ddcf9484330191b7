import { WebSocket, WebSocketServer, type RawData, type Server, type ServerOptions } from 'ws'

/** Who a WebSocket reports to. None of these may throw. */
export interface SocketOwner {
  /** A whole message has come in. */
  receive(data: Buffer, isBinary: boolean): void
  /** A ping or pong has come in. */
  touch(): void
  /** The peer has broken the WebSocket protocol; `ws` is closing with the fitting code. */
  violated(error: Error): void
  /** The socket is gone. */
  closed(): void
}

/** A `ws` socket that knows its owner, so that all of them share five listeners instead of having five closures each. */
export class OwnedWebSocket extends WebSocket {
  #owner: SocketOwner | undefined

  /** Reports to `owner` from now on; once. */
  ownedBy(owner: SocketOwner): void {
    this.#owner = owner
    this.on('message', OwnedWebSocket.#onMessage)
    this.on('ping', OwnedWebSocket.#onTouch)
    this.on('pong', OwnedWebSocket.#onTouch)
    this.on('error', OwnedWebSocket.#onError)
    this.on('close', OwnedWebSocket.#onClose)
  }

  static #onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    // With the binary type 'nodebuffer', the default, every message is one Buffer.
    ;(this as OwnedWebSocket).#owner?.receive(data as Buffer, isBinary)
  }

  static #onTouch(this: WebSocket): void {
    ;(this as OwnedWebSocket).#owner?.touch()
  }

  static #onError(this: WebSocket, error: Error): void {
    ;(this as OwnedWebSocket).#owner?.violated(error)
  }

  static #onClose(this: WebSocket): void {
    ;(this as OwnedWebSocket).#owner?.closed()
  }
}

/**
 * Makes what completes the upgrade of a request. Messages over `maxFrameBytes` end a connection with 1009; after a close
 * frame the peer has `closeGraceMs`. Nothing is compressed.
 */
export function createUpgrader(maxFrameBytes: number, closeGraceMs: number): Server<typeof OwnedWebSocket> {
  const options: ServerOptions<typeof OwnedWebSocket> & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    closeTimeout: closeGraceMs,
    WebSocket: OwnedWebSocket,
  }
  return new WebSocketServer(options)
}
