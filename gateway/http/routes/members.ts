import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { present, toMemberJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'
import type { ServerDeps } from './servers.js'

const MemberParams = Type.Object({ id: Id("The server's id."), user_id: Id("The user's id.") })

/** Adds `GET /servers/:id/members` and `PUT|DELETE /servers/:id/members/:user_id`. */
export function addMemberRoutes(app: HttpApp, deps: ServerDeps): void {
  addListMembers(app, deps)
  addAddMember(app, deps)
  addRemoveMember(app, deps)
}

function addListMembers(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listMembers',
    summary: 'Lists the members of a server, in the order of their user ids.',
    security: bearer,
    params: Type.Object({ id: Id("The server's id.") }),
    querystring: PageQuery(limits['recado.v1.ListMembersRequest']),
    response: {
      200: Type.Object(
        { members: Type.Array(refs.member), next_page_token: nextPageToken },
        { description: 'A page of members.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found'),
    },
  }
  app.get('/servers/:id/members', { schema, onRequest: authenticate }, async ({ params, query, userId }) => {
    const asked = { serverId: params.id, pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await servers.call((client) => client.listMembers, asked, { userId })
    return {
      members: page.members.map(toMemberJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addAddMember(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'addMember',
    summary: 'Makes a user a member; for those who may `manage_server`. Nothing changes for one who is.',
    security: bearer,
    params: MemberParams,
    response: {
      200: Type.Object({ member: refs.member }, { description: 'The member.' }),
      ...errorResponses(
        'invalid_argument',
        'unauthenticated',
        'permission_denied',
        'not_found',
        'resource_exhausted',
      ),
    },
  }
  app.put(
    '/servers/:id/members/:user_id',
    { schema, onRequest: authenticate },
    async ({ params, userId }) => {
      const asked = { serverId: params.id, userId: params.user_id }
      const { member } = await servers.call((client) => client.addMember, asked, { userId })
      return { member: toMemberJson(present(member)) }
    },
  )
}

function addRemoveMember(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'removeMember',
    summary:
      'Removes a member who stands below, for those who may `kick_members`; or leaves, for oneself. Nothing changes for one who is none.',
    security: bearer,
    params: MemberParams,
    response: {
      204: noContent('Removed: within a second nothing more reaches their connections.'),
      ...errorResponses(
        'invalid_argument',
        'failed_precondition',
        'unauthenticated',
        'permission_denied',
        'not_found',
      ),
    },
  }
  app.delete('/servers/:id/members/:user_id', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, userId } = request
    const asked = { serverId: params.id, userId: params.user_id }
    await servers.call((client) => client.removeMember, asked, { userId })
    return reply.code(204).send()
  })
}
