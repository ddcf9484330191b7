import type { OwnRecord } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import { listBlocked } from '../blocks/block-queries.js'
import { MAX_ANSWER_BYTES, sizeOfMessage } from '../history/sizes.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { listAuthored } from '../search/index-queries.js'
import { toUser } from '../users/user-messages.js'
import { requireUser } from '../users/user-queries.js'
import { listOwnDirects, listOwnMemberships } from './own-queries.js'

/** Records in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100
/** Messages that are read at once. */
const MAX_MESSAGES = 100

/** Reads a part of one section, behind an id. */
type Section = (userId: string, after: string, limit: number) => Promise<Part>
/** What was read, and the id that the next part begins behind; undefined at the end of the section. */
type Part = { records: OwnRecord[]; next: string | undefined }

/** Reads what is kept of a user, for themselves: one section after the other, in pages. */
export class OwnRecords {
  readonly #database: Database
  readonly #history: History
  /** In their order. */
  readonly #sections: readonly Section[] = [
    (userId) => this.#profile(userId),
    (userId, after, limit) => this.#memberships(userId, after, limit),
    (userId, after, limit) => this.#directs(userId, after, limit),
    (userId, after, limit) => this.#blocked(userId, after, limit),
    (userId, after, limit) => this.#messages(userId, after, limit),
  ]

  constructor(deps: { database: Database; history: History }) {
    this.#database = deps.database
    this.#history = deps.history
  }

  /**
   * Reads a page.
   * @throws `invalid_argument`, `unauthenticated`, `unavailable`
   */
  async list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<OwnRecord>> {
    const tokens = new PageTokens('own records', userId)
    const [number, after] = toPlace(tokens.toStart(asked.pageToken))
    await this.#database.read((handle) => requireUser(handle, userId))
    const section = this.#sections[number]
    if (!section) throw new RecadoError('invalid_argument', 'The page token is not of this list.')
    const part = await section(userId, after, asked.pageSize || DEFAULT_PAGE_SIZE)
    return { items: part.records, nextPageToken: this.#next(tokens, number, part) }
  }

  #next(tokens: PageTokens, number: number, { next }: Part): string {
    if (next !== undefined) return tokens.toToken(`${number} ${next}`)
    return number + 1 < this.#sections.length ? tokens.toToken(`${number + 1} `) : ''
  }

  async #profile(userId: string): Promise<Part> {
    const row = await this.#database.read((handle) => requireUser(handle, userId))
    return { records: [{ what: { $case: 'user', value: toUser(row) } }], next: undefined }
  }

  async #memberships(userId: string, after: string, limit: number): Promise<Part> {
    const rows = await this.#database.read((handle) => listOwnMemberships(handle, userId, after, limit))
    const records = rows.map(({ id, name, joined_at }): OwnRecord => {
      const value = { serverId: id, serverName: name, joinedAt: joined_at.toISOString() }
      return { what: { $case: 'membership', value } }
    })
    return { records, next: toNext(rows, limit, ({ id }) => id) }
  }

  async #directs(userId: string, after: string, limit: number): Promise<Part> {
    const rows = await this.#database.read((handle) => listOwnDirects(handle, userId, after, limit))
    const records = rows.map(({ channel_id: channelId, user_ids: userIds }): OwnRecord => {
      return { what: { $case: 'direct', value: { channelId, userIds } } }
    })
    return { records, next: toNext(rows, limit, (row) => row.channel_id) }
  }

  async #blocked(userId: string, after: string, limit: number): Promise<Part> {
    const rows = await this.#database.read((handle) => listBlocked(handle, userId, after, limit))
    const records = rows.map((row): OwnRecord => ({ what: { $case: 'blocked', value: toUser(row) } }))
    return { records, next: toNext(rows, limit, ({ id }) => id) }
  }

  /** By the index of messages, which is seconds behind the log, as they stand in the log. */
  async #messages(userId: string, after: string, pageSize: number): Promise<Part> {
    const limit = Math.min(pageSize, MAX_MESSAGES)
    const rows = await this.#database.read((handle) => listAuthored(handle, userId, after, limit))
    const keys = rows.map((row) => ({ id: row.id, channelId: row.channel_id }))
    const events = keys.length > 0 ? await this.#history.find(keys) : []
    const stored = new Map(events.map((event) => [event.id, event]))
    const records: OwnRecord[] = []
    let [bytes, next] = [0, after]
    for (const { id } of rows) {
      const what = stored.get(id)?.what
      if (what?.$case === 'message' && !what.value.deletedAt && what.value.senderId === userId) {
        bytes += sizeOfMessage(what.value)
        if (bytes > MAX_ANSWER_BYTES && records.length > 0) return { records, next }
        records.push({ what })
      }
      next = id
    }
    return { records, next: rows.length < limit ? undefined : next }
  }
}

function toNext<T>(rows: readonly T[], limit: number, idOf: (row: T) => string): string | undefined {
  const last = rows.at(-1)
  return last === undefined || rows.length < limit ? undefined : idOf(last)
}

/** A place is a section's number, and the id behind which it goes on. */
function toPlace(start: string | undefined): [number, string] {
  if (start === undefined) return [0, '']
  const end = start.indexOf(' ')
  return [Number(start.slice(0, end)), start.slice(end + 1)]
}
