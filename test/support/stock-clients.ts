import { createRequire } from 'node:module'
import type * as Phoenix from 'phoenix'
import type { Channel, Socket, SocketConnectOption } from 'phoenix'
import { WebSocket } from 'ws'

/** A release of phoenix.js, as it is installed from npm. */
export type StockClient = {
  version: string
  vsn: 1 | 2
  /** Whether it joins again after a join was refused. */
  retriesRefused: boolean
  /** Whether it sends and takes binary payloads. */
  hasBinary: boolean
  /** Its package. */
  module: string
}

/** 1.2 is the last that speaks version 1. */
export const stockClients: readonly StockClient[] = [
  { version: '1.2.1', vsn: 1, retriesRefused: false, hasBinary: false, module: 'phoenix-1.2' },
  { version: '1.3.4', vsn: 2, retriesRefused: false, hasBinary: false, module: 'phoenix-1.3' },
  { version: '1.6.16', vsn: 2, retriesRefused: true, hasBinary: true, module: 'phoenix-1.6' },
  { version: '1.7.21', vsn: 2, retriesRefused: true, hasBinary: true, module: 'phoenix-1.7' },
  { version: 'newest', vsn: 2, retriesRefused: true, hasBinary: true, module: 'phoenix' },
]

const require = createRequire(import.meta.url)

/** Connects with that release to a mount, `ws://HOST:PORT/socket`; it reconnects and joins again fast unless told otherwise. */
export function connect(
  { module }: Pick<StockClient, 'module'>,
  url: string,
  options: Partial<SocketConnectOption> = {},
): Socket {
  const phoenix = require(module) as typeof Phoenix
  const socket = new phoenix.Socket(url, {
    transport: WebSocket,
    reconnectAfterMs: () => 10,
    rejoinAfterMs: () => 10,
    ...options,
  })
  socket.connect()
  return socket
}

/** How a push was answered. */
export type Answer = { status: string; response: unknown }

/** The first answer to a push, of whatever status. */
export function answer(push: ReturnType<Channel['push']>): Promise<Answer> {
  const anyStatus = push as unknown as {
    receive(status: string, callback: (response: unknown) => void): unknown
  }
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'queued', 'timeout'])
      anyStatus.receive(status, (response) => resolve({ status, response }))
  })
}
