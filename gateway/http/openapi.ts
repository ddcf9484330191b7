import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { ErrorCode } from '../../lib/errors.js'
import { statuses } from './errors.js'
import { refs } from './schemas.js'

const texts: Record<ErrorCode, string> = {
  invalid_argument: 'the request is wrong and stays so; `details` names the fields',
  failed_precondition: 'the state of the target forbids it',
  unauthenticated: 'the token is missing, wrong, expired or signed out',
  permission_denied: 'the user may not do this, or a rule forbids it',
  not_found: 'what it names is not there for this user',
  already_exists: 'it is there already',
  aborted: 'something else came in between',
  resource_exhausted: 'a limit is reached for now; see `Retry-After`',
  internal: 'something went wrong inside',
  unimplemented: 'not there yet',
  unavailable: 'a service is away for now; for a write, it may have happened',
  deadline_exceeded: 'no answer came in time; for a write, it may have happened',
}

type ErrorSchema = typeof refs.error & { description: string }
type ErrorStatus = (typeof statuses)[ErrorCode] | 413 | 415

/** The error answers of a route, by status: those named and those that every route may give. */
export function errorResponses(...codes: readonly ErrorCode[]): Record<ErrorStatus, ErrorSchema> {
  const byStatus = new Map<number, string[]>()
  for (const code of [...codes, 'internal', 'unavailable', 'deadline_exceeded'] as const)
    byStatus.set(statuses[code], [...(byStatus.get(statuses[code]) ?? []), `\`${code}\`: ${texts[code]}.`])
  const entries = Array.from(byStatus, ([status, lines]) => [status, toSchema(lines.join(' '))])
  return Object.fromEntries(entries) as Record<ErrorStatus, ErrorSchema>
}

/** The error answers of a route with a body. */
export function bodyErrorResponses(...codes: readonly ErrorCode[]): Record<ErrorStatus, ErrorSchema> {
  return {
    ...errorResponses('invalid_argument', ...codes),
    413: toSchema(
      '`invalid_argument`: the body is larger than this request ever needs (8 KiB, or what the route says).',
    ),
    415: toSchema('`invalid_argument`: the body is not `application/json`.'),
  }
}

/** Marks a route as one that needs a token. */
export const bearer = [{ bearer: [] }]

/** How the OpenAPI document is made from the routes. */
export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Recado',
      version: '1',
      description:
        'The HTTP face of a Recado gateway: users, servers, channels, members, messages and history. JSON in snake_case. Live events ' +
        'come over WebSocket, by the Phoenix Channels protocol; `GET /gateway` says where. Unknown fields and query parameters are refused.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of a session: `POST /users`, `POST /sessions`.',
        },
      },
    },
    tags: [
      { name: 'users', description: 'Users and their sessions.' },
      {
        name: 'servers',
        description: 'Servers, their channels, members, roles and invites, and keeping them in order.',
      },
      { name: 'directs', description: 'Channels without a server, of two or a few.' },
      { name: 'messages', description: 'Writing and reading messages.' },
      { name: 'reading', description: 'What was read, what is unread, and what one is told of.' },
      { name: 'status', description: 'What runs here.' },
    ],
  },
  refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) },
}

function toSchema(description: string): ErrorSchema {
  return { ...refs.error, description }
}
