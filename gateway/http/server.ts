import { isUtf8 } from 'node:buffer'
import type { RequestListener } from 'node:http'
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
import { keepSource, toJsonText } from '../../lib/json-text.js'
import type { Log } from '../../lib/log.js'
import type { OriginRule } from '../../lib/origins.js'
import type { CoreClients } from '../core-clients.js'
import type { GatewayLimits } from '../limits.js'
import type { Recipients } from '../sending/recipients.js'
import type { ChangeMessage, SendMessage } from '../sending/send-message.js'
import type { HttpApp, TypeboxProvider } from './app.js'
import { createAuthentication } from './requests/authentication.js'
import { MAX_BODY_BYTES, type HttpConfig } from './config.js'
import { addCors, setCommonHeaders } from './headers.js'
import { sendHttpError, toHttpError } from './errors.js'
import { openapiOptions } from './openapi.js'
import type { RequestsInHand } from './requests/requests-in-hand.js'
import { addAccountRoutes } from './routes/account.js'
import { addAddressRoutes } from './routes/address.js'
import { addAuditRoutes } from './routes/audit.js'
import { addBanRoutes } from './routes/bans.js'
import { addBlockRoutes } from './routes/blocks.js'
import { addChangeRoutes } from './routes/changes.js'
import { addChannelRoutes } from './routes/channels.js'
import { addDirectRoutes } from './routes/directs.js'
import { addExportRoute } from './routes/export.js'
import { addHistoryRoutes } from './routes/history.js'
import { addInviteRoutes } from './routes/invites.js'
import { addMemberRoleRoutes } from './routes/member-roles.js'
import { addMemberRoutes } from './routes/members.js'
import { addMessageRoutes } from './routes/messages.js'
import { addModerationRoutes } from './routes/moderation.js'
import { addPageRoute } from './routes/page.js'
import { addSearchRoutes } from './routes/search.js'
import { addNotificationRoutes } from './routes/notifications.js'
import { addReadingRoutes } from './routes/reading.js'
import { addOverrideRoutes } from './routes/overrides.js'
import { addRetentionRoute } from './routes/retention.js'
import { addRoleRoutes } from './routes/roles.js'
import { addServerRoutes } from './routes/servers.js'
import { addSessionRoutes } from './routes/sessions.js'
import { addDocumentRoute, addStatusRoutes } from './routes/status.js'
import { addUserRoutes } from './routes/users.js'
import { sharedSchemas } from './schemas.js'
import { compileValidator, refuseUndeclared } from './requests/validation.js'

/** What answers while the gateway starts need. */
export type StartingDeps = {
  config: HttpConfig
  /** Pages of which origins may call. */
  origins: OriginRule
  requestsInHand: RequestsInHand
  /** Metrics are served from it. */
  registry: Registry
  /** Whether this gateway can take what clients ask for now. */
  isReady(): Promise<boolean> | boolean
  log: Log
}

/** What the HTTP face needs. */
export type HttpDeps = StartingDeps & {
  coreClients: Pick<
    CoreClients,
    | 'users'
    | 'servers'
    | 'roles'
    | 'invites'
    | 'moderation'
    | 'directs'
    | 'reading'
    | 'messages'
    | 'history'
    | 'search'
  >
  send: SendMessage
  change: ChangeMessage
  recipients: Pick<Recipients, 'channelOf'>
  limits: GatewayLimits
}

const nothingHere = new RecadoError('not_found', 'Nothing is here. GET /openapi.json lists what is.')
const starting = new RecadoError('unavailable', 'This server is starting. Try again shortly.', {
  retryAfterMs: 1_000,
})

/** Makes what answers while the gateway starts: health and metrics; all else is told to come back. */
export async function createStartingAnswers(deps: StartingDeps): Promise<RequestListener> {
  const app = createApp(deps)
  app.setNotFoundHandler((_request, reply) => sendHttpError(reply, toHttpError(starting)))
  addStatusRoutes(app, deps)
  return toListener(app)
}

/** Makes the HTTP face. */
export async function createHttpAnswers(deps: HttpDeps): Promise<RequestListener> {
  const app = createApp(deps)
  app.setNotFoundHandler((_request, reply) => sendHttpError(reply, toHttpError(nothingHere)))
  app.register(swagger, openapiOptions)
  // Routes are collected for the document only once the plugin above is in.
  app.register(async (routes: HttpApp) => addRoutes(routes, deps))
  return toListener(app)
}

async function toListener(app: HttpApp): Promise<RequestListener> {
  await app.ready()
  return (request, response) => app.routing(request, response)
}

function createApp({ config, origins, requestsInHand, log: parent }: StartingDeps): HttpApp {
  const log = parent.child({ part: 'http' })
  const options: FastifyHttpOptions<RawServerDefault> = {
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: config.trustProxy,
    genReqId: newId,
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (thrown, request, reply) => {
      setCommonHeaders(reply, request.id)
      answerError(log, thrown, request, reply)
    },
  }
  const app: HttpApp = fastify(options).withTypeProvider<TypeboxProvider>()
  for (const schema of sharedSchemas) app.addSchema(schema)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => toJsonText)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseBody(body),
  )
  app.setErrorHandler((thrown, request, reply) => answerError(log, thrown, request, reply))
  app.decorateRequest('userId', '').decorateRequest('sessionId', '').decorateRequest('token', '')
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(reply, request.id))
  requestsInHand.count(app)
  addCors(app, origins)
  app.addHook('preValidation', async (request) => refuseUndeclared(request))
  return app
}

function addRoutes(app: HttpApp, deps: HttpDeps): void {
  const { users, servers, roles, invites, moderation, directs, reading, messages, history, search } =
    deps.coreClients
  const authenticate = createAuthentication(users)
  const { limits } = deps
  const { storeTimeoutMs } = deps.config
  addUserRoutes(app, { users, authenticate, limits })
  addAccountRoutes(app, { users, authenticate, limits })
  addExportRoute(app, { users, authenticate, limits })
  addBlockRoutes(app, { users, authenticate, limits })
  addSessionRoutes(app, { users, authenticate, limits })
  addServerRoutes(app, { servers, authenticate, limits })
  addChannelRoutes(app, { servers, authenticate, limits })
  addMemberRoutes(app, { servers, authenticate, limits })
  addRetentionRoute(app, { servers, authenticate, limits })
  addModerationRoutes(app, { servers, authenticate, limits })
  addRoleRoutes(app, { roles, authenticate, limits })
  addMemberRoleRoutes(app, { roles, authenticate })
  addOverrideRoutes(app, { roles, authenticate })
  addInviteRoutes(app, { invites, authenticate, limits })
  addBanRoutes(app, { moderation, authenticate })
  addAuditRoutes(app, { moderation, authenticate })
  addDirectRoutes(app, { directs, authenticate, limits })
  addSearchRoutes(app, { search, authenticate, limits })
  addMessageRoutes(app, {
    messages,
    send: deps.send,
    recipients: deps.recipients,
    authenticate,
    storeTimeoutMs,
    log: deps.log,
  })
  addChangeRoutes(app, {
    messages,
    change: deps.change,
    authenticate,
    storeTimeoutMs,
    limits,
    log: deps.log,
  })
  addReadingRoutes(app, { reading, authenticate, limits })
  addNotificationRoutes(app, { reading, authenticate, limits })
  addHistoryRoutes(app, { history, authenticate, limits })
  addAddressRoutes(app)
  addStatusRoutes(app, deps)
  addDocumentRoute(app)
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

/** Reads a JSON body. An empty one is no body at all: clients send the content type with bare requests too. */
function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw new RecadoError('invalid_argument', 'The body is not valid UTF-8.')
  const text = body.toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    keepSource(value, () => text)
    return value
  } catch (cause) {
    throw new RecadoError('invalid_argument', 'The body is not valid JSON.', { cause })
  }
}
