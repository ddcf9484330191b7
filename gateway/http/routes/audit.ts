import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { toAuditEntryJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import { Id, nextPageToken, PageQuery, refs } from '../schemas.js'
import type { KeepingDeps } from './bans.js'

/** Adds `GET /servers/:id/audit`. */
export function addAuditRoutes(app: HttpApp, { moderation, authenticate }: KeepingDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listAuditEntries',
    summary:
      'Lists what was done in a server in the last 90 days, newest first; for those who may `view_audit_log`.',
    security: bearer,
    params: Type.Object({ id: Id("The server's id.") }),
    querystring: PageQuery(limits['recado.v1.ListAuditEntriesRequest']),
    response: {
      200: Type.Object(
        { entries: Type.Array(refs.auditEntry), next_page_token: nextPageToken },
        { description: 'A page of entries.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.get('/servers/:id/audit', { schema, onRequest: authenticate }, async ({ params, query, userId }) => {
    const asked = { serverId: params.id, pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await moderation.call((client) => client.listAuditEntries, asked, { userId })
    return {
      entries: page.entries.map(toAuditEntryJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}
