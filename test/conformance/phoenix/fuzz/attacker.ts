import { once } from 'node:events'
import { connect } from 'node:net'
import { frame, NO_CODE, TAKEN, type Malformed } from './malformed.js'

const CLOSE = 8
const ownClose = frame(CLOSE, Buffer.of(TAKEN >> 8, TAKEN & 0xff))

function handshake(vsn: string): string {
  return [
    `GET /socket/websocket?vsn=${vsn} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n')
}

/**
 * Opens a connection, sends the bytes and behind them a proper close, hangs up, and resolves when the server has too: to the code of the
 * close frame that it sent. `localAddress` is one of the loopback, so that ports do not run out.
 */
export async function attack(
  port: number,
  { bytes, vsn = '2.0.0' }: Malformed,
  localAddress: string,
): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const heard: Buffer[] = []
  socket.on('data', (chunk) => heard.push(chunk))
  socket.on('error', () => undefined)
  socket.end(Buffer.concat([Buffer.from(handshake(vsn)), bytes, ownClose]))
  await once(socket, 'close')
  return closeCode(Buffer.concat(heard))
}

function closeCode(heard: Buffer): number {
  const headerEnd = heard.indexOf('\r\n\r\n')
  if (!heard.subarray(0, headerEnd).toString().startsWith('HTTP/1.1 101')) throw new Error('no WebSocket')
  for (let at = headerEnd + 4; at + 2 <= heard.length;) {
    const short = heard[at + 1]!
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const length =
      short < 126 ? short : short === 126 ? heard.readUInt16BE(at + 2) : Number(heard.readBigUInt64BE(at + 2))
    if ((heard[at]! & 0x0f) === CLOSE) return length >= 2 ? heard.readUInt16BE(start) : 1005
    at = start + length
  }
  return NO_CODE
}
