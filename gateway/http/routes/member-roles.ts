import Type from 'typebox'
import type { HttpApp } from '../app.js'
import { present, toMemberJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import { Id, refs } from '../schemas.js'
import type { RoleDeps } from './roles.js'

const Params = Type.Object({
  id: Id("The server's id."),
  user_id: Id("The member's id."),
  role_id: Id("The role's id."),
})
const OneMember = Type.Object({ member: refs.member }, { description: 'The member.' })

const common = {
  tags: ['servers'],
  security: bearer,
  params: Params,
  response: {
    200: OneMember,
    ...errorResponses(
      'invalid_argument',
      'failed_precondition',
      'unauthenticated',
      'permission_denied',
      'not_found',
      'resource_exhausted',
    ),
  },
}

/** Adds `PUT|DELETE /servers/:id/members/:user_id/roles/:role_id`. */
export function addMemberRoleRoutes(
  app: HttpApp,
  { roles, authenticate }: Pick<RoleDeps, 'roles' | 'authenticate'>,
): void {
  const path = '/servers/:id/members/:user_id/roles/:role_id'
  const give = {
    ...common,
    operationId: 'addMemberRole',
    summary: 'Gives a member below one’s own rank a role below one’s own; for those who may `manage_roles`.',
  }
  app.put(path, { schema: give, onRequest: authenticate }, async ({ params, userId }) => {
    const { member } = await roles.call((client) => client.addMemberRole, toAsked(params), { userId })
    return { member: toMemberJson(present(member)) }
  })
  const take = {
    ...common,
    operationId: 'removeMemberRole',
    summary: 'Takes a role from a member below one’s own rank; for those who may `manage_roles`.',
  }
  app.delete(path, { schema: take, onRequest: authenticate }, async ({ params, userId }) => {
    const { member } = await roles.call((client) => client.removeMemberRole, toAsked(params), { userId })
    return { member: toMemberJson(present(member)) }
  })
}

function toAsked(params: Type.Static<typeof Params>) {
  return { serverId: params.id, userId: params.user_id, roleId: params.role_id }
}
