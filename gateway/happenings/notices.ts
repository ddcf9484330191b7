import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import type {
  ListNoticesResponse,
  NoticeState,
  UserNotice,
} from '../../gen/recado/internal/v1/core_service.js'
import type { Message } from '../../gen/recado/v1/types.js'
import { toJsonText } from '../../lib/json-text.js'
import type { Connections } from '../connections/connections.js'
import { toNotificationJson } from '../http/reading-json.js'
import { Broadcast } from '../phoenix/wire/broadcast.js'
import type { Listeners } from './listeners.js'
import type { PresentUsers } from './present-users.js'

/** What telling users of messages works with. */
export type NoticesDeps = {
  connections: Connections
  listeners: Listeners
  presentUsers: PresentUsers
  /** Asks core what users are told; at most {@link MAX_ASKED} at a time. */
  ask(notices: UserNotice[]): Promise<ListNoticesResponse>
}

/** Notices that are asked for at a time. */
const MAX_ASKED = 500

type Wanted = UserNotice & { position: number }

/**
 * Tells users who are connected of messages that they are to be told of: not of those that they have read past meanwhile, nor of one in
 * a channel that a connection of theirs has joined and read to its end.
 */
export class Notices {
  readonly #deps: NoticesDeps

  constructor(deps: NoticesDeps) {
    this.#deps = deps
  }

  /** Tells what of these happenings is a notice. Rejects with what asking core rejects with; some may be told then. */
  async tell(happenings: readonly Happening[]): Promise<void> {
    const wanted = happenings.flatMap((happening) => this.#toWanted(happening))
    for (let at = 0; at < wanted.length; at += MAX_ASKED) {
      const some = wanted.slice(at, at + MAX_ASKED)
      const asked = some.map(({ userId, channelId, messageId }) => ({ userId, channelId, messageId }))
      const { states, messages } = await this.#deps.ask(asked)
      const byId = new Map(messages.map((message) => [message.id, message]))
      some.forEach((notice, nth) => this.#tellOne(notice, states[nth], byId.get(notice.messageId)))
    }
  }

  #toWanted({ topic, position, what }: Happening): Wanted[] {
    if (what?.$case !== 'notification') return []
    const { presentUsers } = this.#deps
    const [kind, id] = [topic.slice(0, topic.indexOf(':')), topic.slice(topic.indexOf(':') + 1)]
    const userIds = kind === 'server' ? [...presentUsers.membersOf(id)] : presentUsers.has(id) ? [id] : []
    return userIds.map((userId) => ({ userId, ...what.value, position }))
  }

  #tellOne(notice: Wanted, state: NoticeState | undefined, message: Message | undefined): void {
    const { userId, channelId, position } = notice
    if (!state?.notification || !message) return
    if (state.followsRead && this.#isReading(userId, channelId)) return
    const topic = `user:${userId}`
    const payload = { ...toNotificationJson({ ...state.notification, message }), position }
    const broadcast = new Broadcast(topic, 'notification', toJsonText(payload))
    for (const join of this.#deps.listeners.of(topic, position)) join.connection.deliver(broadcast)
  }

  #isReading(userId: string, channelId: string): boolean {
    const { connections } = this.#deps
    const joins = connections.topic(`channel:${channelId}`)?.joins
    return joins !== undefined && [...connections.ofUser(userId)].some((connection) => joins.has(connection))
  }
}
