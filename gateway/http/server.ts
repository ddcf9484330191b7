import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import {
  fastify,
  type FastifyHttpOptions,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify'
import type { Registry } from 'prom-client'
import { RecadoError } from '../../lib/errors.js'
import { newId } from '../../contract/ids.js'
import type { Log } from '../../lib/log.js'
import type { CoreClients } from '../core-clients.js'
import type { GatewayLimits } from '../limits.js'
import type { Sender } from '../sending/sender.js'
import type { HttpApp, TypeboxProvider } from './app.js'
import { createAuthentication } from './requests/authentication.js'
import { parseBody } from './requests/body.js'
import { MAX_BODY_BYTES, type HttpConfig } from './config.js'
import { sendHttpError, toHttpError, transportError } from './errors.js'
import { openapiOptions } from './openapi.js'
import { addRequestsInHand } from './requests/requests-in-hand.js'
import { addAddressRoutes } from './routes/address.js'
import { addChannelRoutes } from './routes/channels.js'
import { addHistoryRoutes } from './routes/history.js'
import { addMemberRoutes } from './routes/members.js'
import { addMessageRoutes } from './routes/messages.js'
import { addModerationRoutes } from './routes/moderation.js'
import { addPageRoute } from './routes/page.js'
import { addServerRoutes } from './routes/servers.js'
import { addSessionRoutes } from './routes/sessions.js'
import { addStatusRoutes } from './routes/status.js'
import { addUserRoutes } from './routes/users.js'
import { sharedSchemas } from './schemas.js'
import { setCommonHeaders } from './security-headers.js'
import { compileValidator, refuseUndeclared } from './requests/validation.js'

/** What the HTTP face needs. */
export type HttpDeps = {
  config: HttpConfig
  coreClients: Pick<CoreClients, 'users' | 'servers' | 'messages' | 'history'>
  sender: Sender
  limits: GatewayLimits
  /** Metrics are added to it and served from it. */
  registry: Registry
  /** Whether this gateway can take what clients ask for now. */
  isReady(): Promise<boolean> | boolean
  log: Log
}

const nothingHere = new RecadoError('not_found', 'Nothing is here. GET /openapi.json lists what is.')

/**
 * Makes the HTTP face. It serves after `listen()`; `app.server` is Node's server, for upgrades. `close()` finishes the requests in
 * hand and needs every upgraded connection to be closed by whoever took it.
 */
export function createHttpServer(deps: HttpDeps): HttpApp {
  const log = deps.log.child({ part: 'http' })
  const app = createApp(deps.config, log)
  app.server.maxConnections = deps.config.maxConnections
  app.setValidatorCompiler(compileValidator)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseBody(body),
  )
  app.setErrorHandler((thrown, request, reply) => answerError(log, thrown, request, reply))
  app.setNotFoundHandler((_request, reply) => sendHttpError(reply, toHttpError(nothingHere)))
  app.decorateRequest('userId', '').decorateRequest('token', '')
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(reply, request.id))
  addRequestsInHand(app, deps.registry, deps.config.maxRequestsInHand)
  app.addHook('preValidation', async (request) => refuseUndeclared(request))
  for (const schema of sharedSchemas) app.addSchema(schema)
  app.register(swagger, openapiOptions)
  // Routes are collected for the document only once the plugin above is in.
  app.register(async (routes: HttpApp) => addRoutes(routes, deps, log))
  return app
}

function createApp(config: HttpConfig, log: Log): HttpApp {
  const { headersTimeoutMs, requestTimeoutMs } = config
  const options: FastifyHttpOptions<RawServerDefault> = {
    http: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
    },
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: config.trustProxy,
    genReqId: newId,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1_024 },
    clientErrorHandler: (error, socket) => refuseConnection(error.code, socket),
    frameworkErrors: (thrown, request, reply) => {
      setCommonHeaders(reply, request.id)
      answerError(log, thrown, request, reply)
    },
  }
  return fastify(options).withTypeProvider<TypeboxProvider>()
}

function addRoutes(app: HttpApp, deps: HttpDeps, log: Log): void {
  const { users, servers, messages, history } = deps.coreClients
  const authenticate = createAuthentication(users)
  const { limits } = deps
  const { storeTimeoutMs } = deps.config
  addUserRoutes(app, { users, authenticate, limits })
  addSessionRoutes(app, { users, authenticate, limits })
  addServerRoutes(app, { servers, authenticate, limits })
  addChannelRoutes(app, { servers, authenticate, limits })
  addMemberRoutes(app, { servers, authenticate, limits })
  addModerationRoutes(app, { servers, authenticate, limits })
  addMessageRoutes(app, { messages, sender: deps.sender, authenticate, storeTimeoutMs, log })
  addHistoryRoutes(app, { history, authenticate, limits })
  addAddressRoutes(app)
  addStatusRoutes(app, deps)
  addPageRoute(app)
}

/** The route is logged as it is declared, never the URL: a query may hold a token. */
function answerError(log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toHttpError(thrown)
  const { code } = error.body.error
  const { method, id: requestId } = request
  const fields = { err: thrown, code, requestId, method, route: request.routeOptions.url }
  if (code === 'internal') log.error(fields, 'a request failed')
  else if (code === 'unavailable' || code === 'deadline_exceeded')
    log.warn(fields, 'a request was not served')
  return sendHttpError(reply, error)
}

/** What Node could not read as HTTP never becomes a request. */
function refuseConnection(code: string | undefined, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const { body } = toHttpError(transportError(status))
  const json = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`, () => socket.destroy())
}
