import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import type { User } from '../connections/user.js'
import { toServerJson } from '../http/json.js'
import type { Join } from '../phoenix/handler.js'
import { Broadcast } from '../phoenix/wire/broadcast.js'
import type { ViewCache } from './view-cache.js'
import { toToldEvent, type ToldEvent, type What } from './happening-json.js'
import type { Listeners } from './listeners.js'
import type { Notices } from './notices.js'
import type { PresentUsers } from './present-users.js'

/** What telling works with. */
export type TellerDeps = {
  presentUsers: PresentUsers
  notices: Pick<Notices, 'tell'>
  views: Pick<ViewCache, 'forgetServer' | 'forgetMember'>
  listeners: Listeners
  /** Which of these users may view a channel now. */
  viewersOf(channelId: string, userIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Reads a server as one of its members sees it. @throws `not_found` for who is none */
  readServer(userId: string, serverId: string): Promise<Server>
  log: Log
}

/**
 * Tells those who have joined a topic what happened: of a channel only those who may view it. Whom it cannot be told, because core does
 * not answer, joins again.
 */
export class Teller {
  readonly #deps: TellerDeps

  constructor(deps: TellerDeps) {
    this.#deps = deps
  }

  /** Tells one thing; resolves when it is told. */
  async tell(happening: Happening): Promise<void> {
    const { topic, position, what } = happening
    if (!this.#note(topic, what)) return
    const joins = this.#deps.listeners.of(topic, position)
    if (joins.length === 0 || !what) return
    if (isOfHidden(what)) return joins.forEach((join) => join.crash())
    try {
      const told = await this.#toEvent(topic, what)
      if (told) deliver(await this.#withView(joins, what), topic, withPosition(told, position))
    } catch (err) {
      this.#deps.log.warn({ err, topic }, 'what happened cannot be told; those who listen join again')
      for (const join of joins) join.crash()
    }
  }

  /** Tells the notices of a page, all with one question. */
  async tellNotices(happenings: readonly Happening[]): Promise<void> {
    try {
      await this.#deps.notices.tell(happenings)
    } catch (err) {
      this.#deps.log.warn({ err }, 'users cannot be told of messages; they join again and read')
      for (const join of [...this.#deps.presentUsers.joins()]) join.crash()
    }
  }

  /** Notes who is a member of what, and who may view what, for what else users are told. Whether it is news. */
  #note(topic: string, what: Happening['what']): boolean {
    const { presentUsers, views } = this.#deps
    const id = topic.slice(topic.indexOf(':') + 1)
    switch (what?.$case) {
      case 'serverJoined':
        presentUsers.enter(id, what.value.serverId)
        return true
      case 'serverLeft':
        return presentUsers.leave(id, what.value.serverId)
      case 'memberJoined':
      case 'memberLeft':
      case 'memberUpdated':
        views.forgetMember(id, what.value.userId)
        return true
      case 'channelUpdated':
      case 'roleUpdated':
      case 'roleDeleted':
        views.forgetServer(id)
        return true
      default:
        return true
    }
  }

  async #toEvent(topic: string, what: What): Promise<ToldEvent | undefined> {
    if (what.$case !== 'serverJoined') return toToldEvent(what)
    try {
      const server = await this.#deps.readServer(topic.slice('user:'.length), what.value.serverId)
      return { event: 'server:joined', payload: { server: toServerJson(server) } }
    } catch (error) {
      // The user has left it again: that is told too.
      if (RecadoError.from(error).code === 'not_found') return undefined
      throw error
    }
  }

  async #withView(joins: Join<User>[], what: What): Promise<Join<User>[]> {
    if (what.$case !== 'channelCreated' && what.$case !== 'channelUpdated') return joins
    const viewers = await this.#deps.viewersOf(
      what.value.id,
      joins.map(({ connection }) => connection.state.id),
    )
    return joins.filter(({ connection }) => viewers.has(connection.state.id))
  }
}

/** A deleted channel that not everybody could view: who could is not known any more, so that all look anew. */
function isOfHidden(what: What): boolean {
  return what.$case === 'channelDeleted' && what.value.overrides.length > 0
}

function withPosition({ event, payload }: ToldEvent, position: number): ToldEvent {
  return { event, payload: { ...payload, position } }
}

function deliver(joins: readonly Join<User>[], topic: string, { event, payload }: ToldEvent): void {
  const broadcast = new Broadcast(topic, event, JSON.stringify(payload))
  for (const { connection, isJoined } of joins) if (isJoined) connection.deliver(broadcast)
}
