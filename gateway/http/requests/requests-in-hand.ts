import { finished } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { RecadoError } from '../../../lib/errors.js'
import type { HttpApp } from '../app.js'

/** Counts, times and bounds the requests that are being answered. Health and metrics are answered beyond the bound too. */
export class RequestsInHand {
  readonly #metrics: ReturnType<typeof createMetrics>
  readonly #max: number
  #inHand = 0

  /** Metrics are added to `registry`. */
  constructor(registry: Registry, max: number) {
    this.#metrics = createMetrics(registry)
    this.#max = max
  }

  /** Counts what an app answers, with what the others do. */
  count(app: HttpApp): void {
    app.addHook('onRequest', async (request, reply) => {
      const startedAt = performance.now()
      this.#metrics.inHand.set(++this.#inHand)
      // The HTTP library's own hook at the end is left out when the client has gone.
      finished(reply.raw, () => {
        this.#metrics.inHand.set(--this.#inHand)
        this.#metrics.answered(request, reply, (performance.now() - startedAt) / 1_000)
      })
      if (this.#inHand > this.#max && request.routeOptions.schema?.tags?.[0] !== 'status') {
        this.#metrics.refused.inc()
        throw new RecadoError('unavailable', 'Too many requests are being answered. Try again shortly.', {
          retryAfterMs: 1_000,
        })
      }
    })
  }
}

function createMetrics(registry: Registry) {
  const registers = [registry]
  const requests = new Counter({
    name: 'recado_gateway_http_requests_total',
    help: 'HTTP requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'recado_gateway_http_request_seconds',
    help: 'Time from the request to the end of its answer, in seconds.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  return {
    inHand: new Gauge({
      name: 'recado_gateway_http_requests_in_hand',
      help: 'HTTP requests being answered now.',
      registers,
    }),
    refused: new Counter({
      name: 'recado_gateway_http_requests_refused_total',
      help: 'HTTP requests refused because too many were being answered.',
      registers,
    }),
    answered: (request: FastifyRequest, reply: FastifyReply, took: number) => {
      const labels = { method: request.method, route: request.routeOptions.url ?? 'unknown' }
      requests.inc({ ...labels, status: reply.statusCode })
      seconds.observe(labels, took)
    },
  }
}
