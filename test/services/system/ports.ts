import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below every system's range for outgoing connections: a server that restarts must find its port free again.
const firstPort = 20_000
const portCount = 10_000

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = firstPort + randomInt(portCount)
    if (await canListen(port)) return port
  }
  throw new Error(`no free port was found from ${firstPort} to ${firstPort + portCount - 1}`)
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
