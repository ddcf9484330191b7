import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import type { Log } from '../../../lib/log.js'
import type { SocketHandler } from '../../../gateway/phoenix/handler.js'
import { createPhoenixServer, type PhoenixServer } from '../../../gateway/phoenix/server.js'
import type { PhoenixSettings } from '../../../gateway/phoenix/settings.js'
import { TestTopics, type TestSocket } from './test-topics.js'

/** One HTTP server on a free port of the loopback, with a Phoenix server on each mount. */
export type Mounts<C> = AsyncDisposable & {
  /** `ws://127.0.0.1:PORT` */
  url: string
  port: number
  /** The server of a mount. */
  at(mount: string): PhoenixServer<C>
}

/** Serves `handler` at these mounts, each with its settings; on a port of the system's choice unless one is given. */
export async function startMounts<C>(
  handler: SocketHandler<C>,
  mounts: Readonly<Record<string, Partial<PhoenixSettings> & { log?: Log }>>,
  port = 0,
): Promise<Mounts<C>> {
  const log = pino({ level: 'silent' })
  const servers = Object.entries(mounts).map(
    ([mount, settings]) => [mount, createPhoenixServer({ mount, handler, log, ...settings })] as const,
  )
  const http = createServer((request, response) => {
    if (!servers.some(([, each]) => each.handleRequest(request, response))) response.writeHead(404).end()
  })
  http.on('upgrade', (request, socket, head) => {
    const [, server] = servers.find(([, each]) => each.handles(request)) ?? servers[0]!
    server.handleUpgrade(request, socket, head)
  })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${address.port}`,
    port: address.port,
    at: (mount) => new Map(servers).get(mount)!,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(([, server]) => server.stop()))
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** Serves the test topics at `/socket`. */
export async function startTestTopics(
  settings: Partial<PhoenixSettings> = {},
  port?: number,
): Promise<Mounts<TestSocket> & { topics: TestTopics }> {
  const topics = new TestTopics()
  const mounts = await startMounts(topics, { '/socket': settings }, port)
  return { ...mounts, topics }
}
