import { createServer, type Server } from 'node:http'
import type { Registry } from 'prom-client'
import { RecadoError } from '../lib/errors.js'

/** What health and metrics are read from. */
export type MetricsSource = { registry: Registry; isReady(): Promise<boolean> }

/** Serves `/healthz`, `/readyz` and `/metrics` of a program that has no HTTP face of its own. */
export class MetricsServer {
  readonly #server: Server

  constructor({ registry, isReady }: MetricsSource) {
    const answers: Record<string, () => Promise<{ status: number; type: string; body: string }>> = {
      '/healthz': () => Promise.resolve({ status: 200, type: 'text/plain', body: 'ok\n' }),
      '/readyz': async () =>
        (await isReady())
          ? { status: 200, type: 'text/plain', body: 'ready\n' }
          : { status: 503, type: 'text/plain', body: 'not ready\n' },
      '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
    }
    this.#server = createServer((request, response) => {
      const answer =
        answers[request.url?.split('?')[0] ?? ''] ??
        (() => Promise.resolve({ status: 404, type: 'text/plain', body: 'not found\n' }))
      void answer().then(({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type }).end(body),
      )
    })
  }

  /** Resolves when it listens. Rejects with `unavailable` when the port cannot be had. */
  start(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new RecadoError('unavailable', `Nothing can listen on ${host}:${port}. Is another program there?`, {
            cause,
          }),
        ),
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
