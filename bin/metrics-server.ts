import { createServer, type Server } from 'node:http'
import type { Registry } from 'prom-client'
import { cannotListen } from '../lib/address.js'

/** What health and metrics are read from. */
export type MetricsSource = { registry: Registry; isReady(): Promise<boolean> }

type Answer = { status: number; type: string; body: string }

/** Serves `/healthz`, `/readyz` and `/metrics` of a program that has no HTTP face of its own. */
export class MetricsServer {
  readonly #server: Server

  constructor({ registry, isReady }: MetricsSource) {
    const answers: Record<string, () => Promise<Answer>> = {
      '/healthz': () => Promise.resolve(text(200, 'ok')),
      '/readyz': async () => ((await isReady()) ? text(200, 'ready') : text(503, 'not ready')),
      '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
    }
    this.#server = createServer((request, response) => {
      const answer =
        answers[request.url?.split('?')[0] ?? ''] ?? (() => Promise.resolve(text(404, 'not found')))
      void answer()
        .catch(() => text(500, 'failed'))
        .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
    })
  }

  /** Resolves when it listens. Rejects with `unavailable` when the port cannot be had. */
  start(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(cannotListen({ host, port, portSetting: 'RECADO_METRICS_PORT' }, cause)),
      )
      this.#server.listen(port, host, resolve)
    })
  }

  /** Stops listening and drops what is open. */
  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain', body: `${body}\n` }
}
