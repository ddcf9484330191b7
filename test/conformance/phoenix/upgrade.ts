import { once } from 'node:events'
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'

/** What came of an upgrade request. */
export type Upgraded = { status: number; headers: IncomingMessage['headers']; body: string }

/** Sends an upgrade request as written, with headers that a WebSocket client would refuse to send, and hangs up. */
export async function upgrade(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = 'GET',
): Promise<Upgraded> {
  const asked = request({ port, path, method, headers: { ...websocketHeaders, ...headers } }).end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', resolve)
    asked.on('upgrade', (answer: IncomingMessage, socket) => {
      socket.destroy()
      resolve(answer)
    })
  })
  const { statusCode: status = 0 } = response
  if (status === 101) return { status, headers: response.headers, body: '' }
  let body = ''
  response.on('data', (chunk: Buffer) => (body += chunk.toString()))
  await once(response, 'end')
  return { status, headers: response.headers, body }
}

const websocketHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
