import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { toPermissionList, toPermissionSet } from '../../../contract/permissions.js'
import { limits as bounds } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toRoleJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { Id, nextPageToken, noContent, PageQuery, Permissions, refs } from '../schemas.js'

/** What the routes of roles need. */
export type RoleDeps = {
  roles: CoreClients['roles']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

const Name = Type.String({
  ...bounds['recado.v1.CreateRoleRequest'].name,
  description: 'Not all blank, nothing invisible in it, no white space around it.',
})
const Permitted = Permissions('What it permits: nothing that one lacks.')
const ServerParams = Type.Object({ id: Id("The server's id.") })
const RoleParams = Type.Object({ id: Id("The server's id."), role_id: Id("The role's id.") })
const OneRole = Type.Object({ role: refs.role }, { description: 'The role.' })

/** Adds `GET|POST /servers/:id/roles` and `PATCH|DELETE /servers/:id/roles/:role_id`. */
export function addRoleRoutes(app: HttpApp, deps: RoleDeps): void {
  addListRoles(app, deps)
  addCreateRole(app, deps)
  addUpdateRole(app, deps)
  addDeleteRole(app, deps)
}

function addListRoles(app: HttpApp, { roles, authenticate }: RoleDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listRoles',
    summary: 'Lists the roles of a server, lowest first: `everyone` is the first.',
    security: bearer,
    params: ServerParams,
    querystring: PageQuery(bounds['recado.v1.ListRolesRequest']),
    response: {
      200: Type.Object(
        { roles: Type.Array(refs.role), next_page_token: nextPageToken },
        { description: 'A page of roles.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found'),
    },
  }
  app.get('/servers/:id/roles', { schema, onRequest: authenticate }, async ({ params, query, userId }) => {
    const asked = { serverId: params.id, pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await roles.call((client) => client.listRoles, asked, { userId })
    return {
      roles: page.roles.map(toRoleJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addCreateRole(app: HttpApp, { roles, authenticate, limits }: RoleDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'createRole',
    summary:
      'Makes a role right above `everyone`; for those who may `manage_roles`. At most 250 in a server.',
    security: bearer,
    headers: IdempotencyHeaders,
    params: ServerParams,
    body: Type.Object({ name: Name, permissions: Permitted }, { additionalProperties: false }),
    response: {
      201: OneRole,
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'),
    },
  }
  app.post('/servers/:id/roles', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    await limits.createRole(userId)
    const asked = {
      serverId: params.id,
      name: body.name,
      permissions: toPermissionList(toPermissionSet(body.permissions)),
      requestId: toRequestId(request.headers),
    }
    const { role } = await roles.call((client) => client.createRole, asked, { userId })
    return reply.code(201).send({ role: toRoleJson(present(role)) })
  })
}

function addUpdateRole(app: HttpApp, { roles, authenticate }: RoleDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'updateRole',
    summary: 'Changes what is given of a role below one’s own; for those who may `manage_roles`.',
    security: bearer,
    params: RoleParams,
    body: Type.Object(
      {
        name: Type.Optional(Name),
        permissions: Type.Optional(Permitted),
        position: Type.Optional(
          Type.Integer({
            ...bounds['recado.v1.UpdateRoleRequest'].position,
            description: 'Its new height, below one’s own; the roles in between move by one.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What is to change; at least one of these.' },
    ),
    response: {
      200: OneRole,
      ...bodyErrorResponses('failed_precondition', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.patch(
    '/servers/:id/roles/:role_id',
    { schema, onRequest: authenticate },
    async ({ params, body, userId }) => {
      const { name, position, permissions } = body
      const asked = {
        serverId: params.id,
        roleId: params.role_id,
        name,
        position,
        permissions: permissions && { permissions: toPermissionList(toPermissionSet(permissions)) },
      }
      const { role } = await roles.call((client) => client.updateRole, asked, { userId })
      return { role: toRoleJson(present(role)) }
    },
  )
}

function addDeleteRole(app: HttpApp, { roles, authenticate }: RoleDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'deleteRole',
    summary: 'Deletes a role below one’s own: members lose it; for those who may `manage_roles`.',
    security: bearer,
    params: RoleParams,
    response: {
      204: noContent('Deleted.'),
      ...errorResponses(
        'invalid_argument',
        'failed_precondition',
        'unauthenticated',
        'permission_denied',
        'not_found',
      ),
    },
  }
  app.delete('/servers/:id/roles/:role_id', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, userId } = request
    const asked = { serverId: params.id, roleId: params.role_id }
    await roles.call((client) => client.deleteRole, asked, { userId })
    return reply.code(204).send()
  })
}
