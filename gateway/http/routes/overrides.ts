import Type from 'typebox'
import { toPermissionList, toPermissionSet } from '../../../contract/permissions.js'
import type { HttpApp } from '../app.js'
import { present, toChannelJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { Id, Permissions, refs } from '../schemas.js'
import type { RoleDeps } from './roles.js'

const Params = Type.Object({ id: Id("The channel's id."), role_id: Id("The role's id.") })
const OneChannel = Type.Object({ channel: refs.channel }, { description: 'The channel.' })

/** Adds `PUT|DELETE /channels/:id/overrides/:role_id`. */
export function addOverrideRoutes(app: HttpApp, deps: Pick<RoleDeps, 'roles' | 'authenticate'>): void {
  addSetOverride(app, deps)
  addDeleteOverride(app, deps)
}

function addSetOverride(
  app: HttpApp,
  { roles, authenticate }: Pick<RoleDeps, 'roles' | 'authenticate'>,
): void {
  const schema = {
    tags: ['servers'],
    operationId: 'setOverride',
    summary: 'Sets what a role may do otherwise in a channel; for those who may `manage_channels` there.',
    security: bearer,
    params: Params,
    body: Type.Object(
      {
        allow: Type.Optional(Permissions('What it permits there beyond what the roles do.')),
        deny: Type.Optional(Permissions('What it takes away there.')),
      },
      { additionalProperties: false, description: 'The override to be; one that says nothing is none.' },
    ),
    response: {
      200: OneChannel,
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'),
    },
  }
  app.put(
    '/channels/:id/overrides/:role_id',
    { schema, onRequest: authenticate },
    async ({ params, body, userId }) => {
      const { allow = [], deny = [] } = body
      const asked = {
        channelId: params.id,
        roleId: params.role_id,
        allow: toPermissionList(toPermissionSet(allow)),
        deny: toPermissionList(toPermissionSet(deny)),
      }
      const { channel } = await roles.call((client) => client.setOverride, asked, { userId })
      return { channel: toChannelJson(present(channel)) }
    },
  )
}

function addDeleteOverride(
  app: HttpApp,
  { roles, authenticate }: Pick<RoleDeps, 'roles' | 'authenticate'>,
): void {
  const schema = {
    tags: ['servers'],
    operationId: 'deleteOverride',
    summary: 'Takes an override away; for those who may `manage_channels` there.',
    security: bearer,
    params: Params,
    response: {
      200: OneChannel,
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.delete(
    '/channels/:id/overrides/:role_id',
    { schema, onRequest: authenticate },
    async ({ params, userId }) => {
      const asked = { channelId: params.id, roleId: params.role_id }
      const { channel } = await roles.call((client) => client.deleteOverride, asked, { userId })
      return { channel: toChannelJson(present(channel)) }
    },
  )
}
