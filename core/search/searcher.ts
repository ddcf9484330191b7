import type { SearchMessagesRequest } from '../../gen/recado/v1/search_service.js'
import type { Message } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { assertNoFaults } from '../../lib/faults.js'
import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import { requireChannel } from '../channels/channel-access.js'
import { decideJoins } from '../channels/join-rights.js'
import type { Handle } from '../handle.js'
import { MAX_ANSWER_BYTES, sizeOfMessage } from '../history/sizes.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { requireServer } from '../servers/server-access.js'
import { requireUser } from '../users/user-queries.js'
import { marks } from './indexed-messages.js'
import { findMatches, listScopes, type Match, type Wanted } from './search-queries.js'
import { toSearchTerms } from './search-text.js'

/** Messages in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 25
/** Messages that are found at once, of which some may stand where the user may not look. */
const MATCHES = 100
/** How often more are found for one page. */
const MAX_ROUNDS = 5
/** Places, of servers and of directs, that a search is narrowed to where none is named: beyond it the rights alone decide. */
const MAX_SCOPES = 200

/** Finds messages by their words, only where the user may view them, as they are in the log. */
export class Searcher {
  readonly #database: Database
  readonly #history: History

  constructor(deps: { database: Database; history: History }) {
    this.#database = deps.database
    this.#history = deps.history
  }

  /**
   * Finds a page of messages, newest first.
   * @throws `invalid_argument`, `not_found`, `resource_exhausted`, `unavailable`
   */
  async search(userId: string, request: SearchMessagesRequest): Promise<Page<Message>> {
    const terms = toSearchTerms(request.query)
    assertNoFaults({ query: terms.length === 0 ? 'must hold a word' : undefined })
    const tokens = new PageTokens(
      'search',
      userId,
      JSON.stringify({ ...request, pageSize: 0, pageToken: '' }),
    )
    const start = tokens.toStart(request.pageToken)
    const narrowed = await this.#database.read((handle) => toMarks(handle, userId, request))
    const { channelId } = request
    const wanted = { terms, marks: narrowed, channelId, before: request.before, after: request.after }
    const page = await this.#fill(wanted, userId, request.pageSize || DEFAULT_PAGE_SIZE, start)
    return { items: page.messages, nextPageToken: page.next === undefined ? '' : tokens.toToken(page.next) }
  }

  /** Goes on until the page is full, nothing more is found, or it has tried often enough; `next` is where to go on. */
  async #fill(
    wanted: Wanted,
    userId: string,
    size: number,
    start: string | undefined,
  ): Promise<{ messages: Message[]; next: string | undefined }> {
    const messages: Message[] = []
    const rights = new Map<string, boolean>()
    let [next, bytes] = [start, 0]
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const matches = await this.#find(wanted, next)
      await this.#learnRights(userId, matches, rights)
      const permitted = matches.filter(({ channelId }) => rights.get(channelId))
      const due = permitted.slice(0, size - messages.length)
      const stored = await this.#read(due)
      for (const { id, place } of due) {
        const message = stored.get(id)
        bytes += message ? sizeOfMessage(message) : 0
        if (bytes > MAX_ANSWER_BYTES && messages.length > 0) return { messages, next }
        if (message) messages.push(message)
        next = place
      }
      const isWhole = due.length === permitted.length
      if (isWhole && matches.length < MATCHES) return { messages, next: undefined }
      if (isWhole) next = matches.at(-1)?.place
      if (messages.length === size) break
    }
    return { messages, next }
  }

  async #find(wanted: Wanted, start: string | undefined): Promise<Match[]> {
    try {
      return await this.#database.write((transaction) => findMatches(transaction, wanted, start, MATCHES))
    } catch (error) {
      throw isOverdue(error) ? tooBroad(error) : error
    }
  }

  async #learnRights(userId: string, matches: readonly Match[], rights: Map<string, boolean>): Promise<void> {
    const unknown = new Set(matches.map(({ channelId }) => channelId).filter((id) => !rights.has(id)))
    const wishes = Array.from(unknown, (channelId) => ({ userId, channelId }))
    const verdicts = await this.#database.read((handle) => decideJoins(handle, wishes))
    wishes.forEach(({ channelId }, index) =>
      rights.set(channelId, verdicts[index]?.outcome?.$case === 'permission'),
    )
  }

  /** As they are in the log, which the index is behind: what is deleted meanwhile is left out. */
  async #read(matches: readonly Match[]): Promise<Map<string, Message>> {
    if (matches.length === 0) return new Map()
    const events = await this.#history.find(matches.map(({ id, channelId }) => ({ id, channelId })))
    const messages = events.flatMap(({ what }) =>
      what?.$case === 'message' && !what.value.deletedAt ? [what.value] : [],
    )
    return new Map(messages.map((message) => [message.id, message]))
  }
}

/** What a search is narrowed to; where no place is named, to all of the user's, if they are few. */
async function toMarks(
  handle: Handle,
  userId: string,
  { serverId, channelId, authorId }: SearchMessagesRequest,
): Promise<string[][]> {
  if (channelId) await requireChannel(handle, channelId, userId)
  if (serverId) await requireServer(handle, serverId, userId)
  const named = [
    ...(channelId ? [[marks.channel(channelId)]] : []),
    ...(serverId ? [[marks.server(serverId)]] : []),
    ...(authorId ? [[marks.author(authorId)]] : []),
  ]
  if (channelId || serverId) return named
  await requireUser(handle, userId)
  const { serverIds, directIds } = await listScopes(handle, userId, MAX_SCOPES + 1)
  if (Math.max(serverIds.length, directIds.length) > MAX_SCOPES) return named
  const places = [...serverIds.map(marks.server), ...directIds.map(marks.channel)]
  // Whoever is nowhere finds what nothing is marked with.
  return [...named, places.length > 0 ? places : [marks.channel('')]]
}

/** Whether PostgreSQL has ended a statement that took too long. */
function isOverdue(error: unknown): boolean {
  const { cause } = RecadoError.from(error)
  return cause instanceof Error && 'code' in cause && cause.code === '57014'
}

function tooBroad(cause: unknown): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    'This finds too much: name a channel, an author, a time, or more words.',
    { cause, retryable: false, reason: 'SEARCH_TOO_BROAD' },
  )
}
