import type { Registry } from 'prom-client'
import Type from 'typebox'
import { RecadoError } from '../../../lib/errors.js'
import type { HttpApp } from '../app.js'
import { sendHttpError, toHttpError } from '../errors.js'
import { errorResponses } from '../openapi.js'

/** What the routes of status need. */
export type StatusDeps = {
  registry: Registry
  /** Whether this gateway can take what clients ask for now. */
  isReady(): Promise<boolean> | boolean
}

/** Probes and scrapers add parameters of their own. */
const AnyQuery = Type.Object({})
const Status = Type.Object({ status: Type.Literal('ok') })

const notReady = new RecadoError(
  'unavailable',
  'Not ready: starting, stopping, or a service behind this one is away.',
)

/** Adds `GET /healthz`, `/readyz` and `/metrics`. */
export function addStatusRoutes(app: HttpApp, { registry, isReady }: StatusDeps): void {
  const common = { tags: ['status'], querystring: AnyQuery }

  const health = {
    ...common,
    operationId: 'getHealth',
    summary: 'Tells that the program runs.',
    response: { 200: { ...Status, description: 'It runs.' } },
  }
  app.get('/healthz', { schema: health }, async () => ({ status: 'ok' as const }))

  const readiness = {
    ...common,
    operationId: 'getReadiness',
    summary: 'Tells whether the program takes requests and connections now.',
    response: { 200: { ...Status, description: 'It does.' }, ...errorResponses() },
  }
  app.get('/readyz', { schema: readiness }, async (_request, reply) =>
    (await isReady()) ? { status: 'ok' as const } : sendHttpError(reply, toHttpError(notReady)),
  )

  const metrics = {
    ...common,
    operationId: 'getMetrics',
    summary: 'The metrics, in the text format of Prometheus.',
    produces: ['text/plain'],
    response: { 200: Type.String({ description: 'The metrics.' }) },
  }
  app.get('/metrics', { schema: metrics }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}

/** Adds `GET /openapi.json`: the document of all routes that are there. */
export function addDocumentRoute(app: HttpApp): void {
  const schema = {
    tags: ['status'],
    querystring: AnyQuery,
    operationId: 'getOpenapi',
    summary: 'This document.',
    response: {
      200: Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: 'OpenAPI 3.1.' }),
    },
  }
  app.get('/openapi.json', { schema }, async () => app.swagger())
}
