import type { ListBootResponse } from '../../gen/recado/v1/reading_service.js'
import type { ChannelState } from '../../gen/recado/v1/reading_service.js'
import type { Database } from '../../ports/database/database.js'
import type { Directs } from '../directs/directs.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import type { Servers } from '../servers/servers.js'
import { requireUser } from '../users/user-queries.js'
import type { Users } from '../users/users.js'
import { listStateRows, readChannelStates, toStates } from './channel-states.js'

/** Channels in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 1_000

/** What a page is asked for by. */
type AskedPage = { pageSize: number; pageToken: string }

/** Tells users what is unread, and what they need to begin. */
export class Unread {
  readonly #database: Database
  readonly #users: Users
  readonly #servers: Servers
  readonly #directs: Directs

  constructor(deps: { database: Database; users: Users; servers: Servers; directs: Directs }) {
    this.#database = deps.database
    this.#users = deps.users
    this.#servers = deps.servers
    this.#directs = deps.directs
  }

  /**
   * Lists the channels that the user may view, with what is unread there. A page may be shorter than what was asked for.
   * @throws `invalid_argument`, `unauthenticated`
   */
  list(userId: string, { pageSize, pageToken }: AskedPage): Promise<Page<ChannelState>> {
    const limit = pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('unread', userId)
    const start = tokens.toStart(pageToken)
    return this.#database.read(async (handle) => {
      const rows = await listStateRows(handle, userId, { start, limit: limit + 1 })
      if (rows.length === 0) await requireUser(handle, userId)
      const page = tokens.toPage(rows, limit, ({ id }) => id)
      return { ...page, items: toStates(userId, page.items) }
    })
  }

  /**
   * Reads what a client needs to begin: pages of servers, then of directs, each with the states of their channels.
   * @throws `invalid_argument`, `unauthenticated`
   */
  async boot(userId: string, { pageSize, pageToken }: AskedPage): Promise<ListBootResponse> {
    const tokens = new PageTokens('boot', userId)
    const { part, token } = toPlace(tokens.toStart(pageToken))
    const user = await this.#users.get(userId, userId)
    const servers =
      part === 'servers' ? await this.#servers.list(userId, { pageSize, pageToken: token }) : nothing
    const isAtDirects = servers.nextPageToken === ''
    const directs = isAtDirects
      ? await this.#directs.list(userId, { pageSize, pageToken: part === 'directs' ? token : '' })
      : nothing
    const channels = await this.#states(userId, [
      ...servers.items.flatMap((server) => server.channels.map(({ id }) => id)),
      ...directs.items.flatMap(({ channel }) => channel?.id ?? []),
    ])
    const next = isAtDirects ? directs.nextPageToken : servers.nextPageToken
    return {
      user,
      servers: servers.items,
      directs: directs.items,
      channels,
      nextPageToken: next && tokens.toToken(`${isAtDirects ? 'directs' : 'servers'} ${next}`),
    }
  }

  #states(userId: string, channelIds: readonly string[]): Promise<ChannelState[]> {
    return this.#database.read((handle) => readChannelStates(handle, userId, channelIds))
  }
}

const nothing = { items: [], nextPageToken: '' }

/** Where a page of boot begins: in which list, and there behind which token. */
function toPlace(start: string | undefined): { part: 'servers' | 'directs'; token: string } {
  const [part, token = ''] = start?.split(' ') ?? []
  return { part: part === 'directs' ? 'directs' : 'servers', token }
}
