import { isId, newId } from '../../contract/ids.js'
import type { CreateGroupDirectRequest, Direct } from '../../gen/recado/v1/directs_service.js'
import type { Database } from '../../ports/database/database.js'
import { isBlockBetween } from '../blocks/block-queries.js'
import { blocked } from '../blocks/block-rules.js'
import type { ChannelRow } from '../channels/channel-queries.js'
import type { Handle } from '../handle.js'
import { insertHappenings } from '../happenings/happening-queries.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { makeOnce } from '../requests/request-ids.js'
import { findUsers, requireUser } from '../users/user-queries.js'
import { noActingUser, userNotFound } from '../users/user-rules.js'
import { readDirects, toDirect } from './direct-messages.js'
import {
  countDirects,
  findDirect,
  insertDirect,
  listDirectMembers,
  listDirects,
  lockUsers,
} from './direct-queries.js'
import { assertOthers, assertRoomForDirect, toDirectId } from './direct-rules.js'

/** Directs in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Opens and lists channels without a server. */
export class Directs {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Opens the direct of two users: the same one whoever asks, also when both do at the same time.
   * @throws `invalid_argument` for oneself, `not_found`, `resource_exhausted`, `unauthenticated`
   */
  async open(userId: string, otherId: string): Promise<Direct> {
    const row = await this.#require(userId, otherId)
    return this.#database.read((handle) => readOne(handle, userId, row))
  }

  /**
   * As {@link open}, for who only writes there: resolves with the channel's id.
   * @throws as {@link open}
   */
  async openChannel(userId: string, otherId: string): Promise<string> {
    return (await this.#require(userId, otherId)).id
  }

  /**
   * Makes a direct with several others; a repeat with the same request id answers with the same one.
   * @throws `invalid_argument` where oneself is among them, `not_found`, `resource_exhausted`, `unauthenticated`
   */
  createGroup(userId: string, { userIds, requestId }: CreateGroupDirectRequest): Promise<Direct> {
    assertOthers(userId, userIds)
    const asked = ['group direct', userIds]
    return this.#database.write(async (transaction) => {
      await lockAll(transaction, userId, userIds)
      const { id, isNew } = await makeOnce(transaction, { actor: userId, requestId, asked }, newId())
      if (isNew) await make(transaction, id, [userId, ...userIds])
      return readOne(transaction, userId, present(await findDirect(transaction, id, userId)))
    })
  }

  /**
   * Lists the user's directs, the one with the latest message first.
   * @throws `invalid_argument`, `unauthenticated`
   */
  list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<Direct>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('directs', userId)
    const start = tokens.toStart(asked.pageToken)
    return this.#database.read(async (handle) => {
      const rows = await listDirects(handle, userId, start, limit + 1)
      if (rows.length === 0) await requireUser(handle, userId)
      const page = tokens.toPage(rows, limit, (row) => row.place)
      return { ...page, items: await readDirects(handle, userId, page.items) }
    })
  }

  /** Who is in directs; channels that are none are left out. */
  async participants(channelIds: readonly string[]): Promise<{ channelId: string; userIds: string[] }[]> {
    const members = await this.#database.read((handle) => listDirectMembers(handle, channelIds))
    return [...members].map(([channelId, userIds]) => ({ channelId, userIds }))
  }

  /** Most directs are there already: they are looked for before anything is locked. */
  async #require(userId: string, otherId: string): Promise<ChannelRow> {
    assertOthers(userId, [otherId])
    if (!isId(otherId)) throw userNotFound()
    const id = toDirectId(userId, otherId)
    const known = await this.#database.read((handle) => findDirect(handle, id, userId))
    if (known) return known
    return this.#database.write(async (transaction) => {
      await lockAll(transaction, userId, [otherId])
      const found = await findDirect(transaction, id, userId)
      return found ?? make(transaction, id, [userId, otherId])
    })
  }
}

/** Locks everybody who is to be in a direct: what two open at the same time is opened by one after the other. */
async function lockAll(transaction: Handle, userId: string, otherIds: readonly string[]): Promise<void> {
  const there = new Set(await lockUsers(transaction, [userId, ...otherIds].filter(isId)))
  if (!there.has(userId)) throw noActingUser()
  if (!otherIds.every((id) => there.has(id))) throw userNotFound()
}

/** Makes a direct, of which the first makes it, and tells everybody in it. */
async function make(
  transaction: Handle,
  id: string,
  [makerId, ...otherIds]: [string, ...string[]],
): Promise<ChannelRow> {
  const userIds = [makerId, ...otherIds]
  if (await isBlockBetween(transaction, makerId, otherIds)) throw blocked()
  assertRoomForDirect(await countDirects(transaction, userIds))
  const row = present(await insertDirect(transaction, id, userIds))
  const users = await findUsers(transaction, userIds)
  const inOrder = [...userIds].sort()
  await insertHappenings(
    transaction,
    inOrder.map((userId) => ({
      topic: `user:${userId}`,
      what: { $case: 'directNew', value: toDirect(row, { userId, userIds: inOrder, users }) },
    })),
  )
  return row
}

async function readOne(handle: Handle, userId: string, row: ChannelRow): Promise<Direct> {
  const [direct] = await readDirects(handle, userId, [row])
  return present(direct)
}

/** What the locks above see to. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a direct went away while it was being opened')
  return value
}
