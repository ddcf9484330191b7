import type {
  NoticeState,
  ListNoticesResponse,
  StoredMessage,
  UserNotice,
} from '../../gen/recado/internal/v1/core_service.js'
import { NotificationKind, type Notification } from '../../gen/recado/v1/reading_service.js'
import type { Message } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import type { NotificationKind as KindName } from '../../ports/database/schema.js'
import type { History } from '../../ports/history/history.js'
import { insertHappenings, type Told } from '../happenings/happening-queries.js'
import { EVERYBODY } from '../reading/channel-states.js'
import { assertBatch } from '../requests/batch-rules.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import {
  filterTold,
  findNotices,
  insertNotifications,
  listListeners,
  listNotices,
  listParticipants,
  trimNotifications,
  type Kept,
  type NewNotification,
  type NoticeRow,
} from './notification-queries.js'
import { toCandidates, type Candidate } from './recipients.js'

/** Notifications in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 50

/** Notifications that are decided, and kept, at a time. */
const MAX_BATCH = 1_000

const kinds: Readonly<Record<KindName, NotificationKind>> = {
  mention: NotificationKind.NOTIFICATION_KIND_MENTION,
  direct: NotificationKind.NOTIFICATION_KIND_DIRECT,
  reply: NotificationKind.NOTIFICATION_KIND_REPLY,
  message: NotificationKind.NOTIFICATION_KIND_MESSAGE,
}

/**
 * Notes who is to be told of messages, and tells them. What is kept names the message and holds none of it: whoever reads it finds the
 * message as it stands then. A mention of everybody is kept once, for everybody: no other reason to tell somebody is stronger.
 */
export class Notifications {
  readonly #database: Database
  readonly #history: History

  constructor(deps: { database: Database; history: History }) {
    this.#database = deps.database
    this.#history = deps.history
  }

  /**
   * Notes who is to be told of stored messages, and tells their devices. Doing it again changes nothing.
   * @throws `invalid_argument` for too many, `unavailable`
   */
  async notify(messages: readonly StoredMessage[]): Promise<void> {
    assertBatch(messages)
    if (messages.length === 0) return
    const toEverybody = messages.filter((message) => message.mentionsEveryone)
    const candidates = await this.#candidates(messages.filter((message) => !message.mentionsEveryone))
    for (let at = 0; at < candidates.length; at += MAX_BATCH) {
      const some = candidates.slice(at, at + MAX_BATCH)
      const told = await this.#database.read((handle) => filterTold(handle, some))
      if (told.length > 0) await this.#keep(told)
    }
    if (toEverybody.length > 0)
      await this.#keep(toEverybody.map((message) => ({ userId: EVERYBODY, kind: 'mention', message })))
  }

  /**
   * Lists what a user is told of and has not read past, newest first. A page may be shorter than what was asked for.
   * @throws `invalid_argument`, `unavailable`
   */
  async list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<Notification>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('notifications', userId)
    const before = Number(tokens.toStart(asked.pageToken) ?? Number.MAX_SAFE_INTEGER)
    const { read, viewable } = await this.#database.read((handle) =>
      listNotices(handle, userId, { before, limit: limit + 1 }),
    )
    const { items, nextPageToken } = tokens.toPage(read, limit, ({ position }) => `${position}`)
    const rows = items.filter((row) => viewable.has(row))
    const messages = await this.#readMessages(rows)
    return {
      items: rows.flatMap((row) => {
        const message = messages.get(row.message_id)
        return message ? [{ ...toNotification(row), message }] : []
      }),
      nextPageToken,
    }
  }

  /**
   * Reads what users are to be told of these messages, as they stand now.
   * @throws `invalid_argument` for too many, `unavailable`
   */
  async notices(notices: readonly UserNotice[]): Promise<ListNoticesResponse> {
    assertBatch(notices)
    const found = await this.#database.read((handle) => findNotices(handle, notices))
    const messages = await this.#readMessages(found.flatMap((row) => row ?? []))
    const states: NoticeState[] = found.map((row) => ({
      notification: row && messages.has(row.message_id) ? toNotification(row) : undefined,
      followsRead: row !== undefined && row.read_count >= row.count - 1,
    }))
    return { states, messages: [...messages.values()] }
  }

  async #candidates(messages: readonly StoredMessage[]): Promise<Candidate[]> {
    if (messages.length === 0) return []
    const channelIds = [...new Set(messages.map(({ channelId }) => channelId))]
    const answered = await this.#authors(messages)
    const { participants, listeners } = await this.#database.read(async (handle) => ({
      participants: await listParticipants(handle, channelIds),
      listeners: await listListeners(handle, channelIds),
    }))
    return messages.flatMap((message) =>
      toCandidates(message, {
        participants: participants.get(message.channelId),
        listeners: listeners.get(message.channelId) ?? [],
        answered: answered.get(message.replyTo),
      }),
    )
  }

  /** Who wrote what is answered, by its id. */
  async #authors(messages: readonly StoredMessage[]): Promise<Map<string, string>> {
    const keys = new Map(
      messages.flatMap(({ channelId, replyTo: id }) => (id ? [[id, { channelId, id }]] : [])),
    )
    if (keys.size === 0) return new Map()
    const events = await this.#history.find([...keys.values()])
    return new Map(
      events.flatMap(({ id, what }) => (what?.$case === 'message' ? [[id, what.value.senderId]] : [])),
    )
  }

  #keep(notifications: readonly NewNotification[]): Promise<void> {
    return this.#database.write(async (transaction) => {
      const kept = await insertNotifications(transaction, notifications)
      if (kept.length === 0) return
      await trimNotifications(transaction, kept)
      await insertHappenings(transaction, kept.map(toTold))
    })
  }

  async #readMessages(rows: readonly NoticeRow[]): Promise<Map<string, Message>> {
    const keys = new Map(
      rows.map((row) => [row.message_id, { channelId: row.channel_id, id: row.message_id }]),
    )
    if (keys.size === 0) return new Map()
    const events = await this.#history.find([...keys.values()])
    return new Map(events.flatMap(({ id, what }) => (what?.$case === 'message' ? [[id, what.value]] : [])))
  }
}

/** What is for everybody is told to the server; its gateways know who of it is connected. */
function toTold({ user_id, channel_id: channelId, server_id, message_id: messageId }: Kept): Told {
  const topic = user_id === EVERYBODY ? (`server:${server_id ?? ''}` as const) : (`user:${user_id}` as const)
  return { topic, what: { $case: 'notification', value: { channelId, messageId } } }
}

function toNotification(row: NoticeRow): Notification {
  return {
    id: row.message_id,
    kind: kinds[row.kind],
    channelId: row.channel_id,
    serverId: row.server_id ?? undefined,
    message: undefined,
    at: row.created_at.toISOString(),
  }
}
