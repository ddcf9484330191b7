import { Readable } from 'node:stream'
import Type from 'typebox'
import type { OwnRecord } from '../../../gen/recado/v1/users_service.js'
import type { CoreClients } from '../../core-clients.js'
import { toMessageText } from '../../message-json.js'
import type { HttpApp } from '../app.js'
import { toUserJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import type { UserDeps } from './users.js'

/** Records that are asked of core at once; with their bytes, which core bounds, all that an export ever holds. */
const PAGE_SIZE = 100
/** How long a client may take none of it, in milliseconds: then it is cut off. */
const STALL_MS = 30_000

/** Adds `GET /users/me/export`. */
export function addExportRoute(app: HttpApp, { users, authenticate, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'exportMe',
    summary: 'Exports what is kept of the acting user, a JSON object a line, as fast as the client reads it.',
    security: bearer,
    response: {
      200: Type.Unsafe<Readable>({
        type: 'string',
        description:
          'NDJSON: `{kind, …}` with `user`, `membership`, `direct`, `blocked` or `message`, and `{"kind": "end"}` behind the last: without it, something is missing.',
      }),
      ...errorResponses('unauthenticated', 'resource_exhausted'),
    },
  }
  app.get('/users/me/export', { schema, onRequest: authenticate }, async ({ userId }, reply) => {
    await limits.export(userId)
    const pages = readPages(users, userId)
    // What fails before the first line is an error as any other.
    const first = await pages.next()
    const lines = Readable.from(toLines(first.value ?? [], pages), {
      objectMode: false,
      highWaterMark: 64 * 1024,
    })
    reply.raw.setTimeout(STALL_MS, () => reply.raw.destroy())
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="recado-export.ndjson"')
      .send(lines)
  })
}

async function* readPages(
  users: CoreClients['users'],
  userId: string,
): AsyncGenerator<OwnRecord[], undefined> {
  let pageToken = ''
  do {
    const asked = { pageSize: PAGE_SIZE, pageToken }
    const page = await users.call((client) => client.listOwnRecords, asked, { userId })
    yield page.records
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}

async function* toLines(
  first: readonly OwnRecord[],
  rest: AsyncIterable<OwnRecord[]>,
): AsyncGenerator<string> {
  yield toText(first)
  for await (const records of rest) yield toText(records)
  yield '{"kind":"end"}\n'
}

/** What this version does not know is left out. */
function toText(records: readonly OwnRecord[]): string {
  return records.map(toLine).join('')
}

function toLine({ what }: OwnRecord): string {
  switch (what?.$case) {
    case 'user':
      return `${JSON.stringify({ kind: 'user', user: toUserJson(what.value) })}\n`
    case 'membership': {
      const { serverId: id, serverName: name, joinedAt: joined_at } = what.value
      return `${JSON.stringify({ kind: 'membership', server: { id, name }, joined_at })}\n`
    }
    case 'direct': {
      const { channelId: channel_id, userIds: user_ids } = what.value
      return `${JSON.stringify({ kind: 'direct', channel_id, user_ids })}\n`
    }
    case 'blocked':
      return `${JSON.stringify({ kind: 'blocked', user: toUserJson(what.value) })}\n`
    case 'message':
      return `{"kind":"message","message":${toMessageText(what.value)}}\n`
    case undefined:
      return ''
  }
}
