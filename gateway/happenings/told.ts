import type { UserNotice } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'
import type { Connections } from '../connections/connections.js'
import type { LostRight } from '../connections/lost-rights.js'
import type { CoreClients } from '../core-clients.js'
import { present } from '../http/json.js'
import { Activities } from './activities.js'
import { HappeningsLog, readHappenings } from './happenings-log.js'
import { Listeners } from './listeners.js'
import { Notices } from './notices.js'
import { PresentUsers } from './present-users.js'
import { Teller } from './teller.js'
import { ViewCache, type AskViewers } from './view-cache.js'

/** All that tells `server:` and `user:` topics. */
export type Told = {
  happenings: HappeningsLog
  listeners: Listeners
  presentUsers: PresentUsers
  activities: Activities
  /** Applies an entry of the log of lost rights. */
  apply(lost: LostRight): void
}

/** Builds it, and what connects it. */
export function createTold(
  { core, servers }: CoreClients,
  { connections, viewersOf, log }: { connections: Connections; viewersOf: AskViewers; log: Log },
): Told {
  const [listeners, presentUsers, views] = [new Listeners(), new PresentUsers(), new ViewCache(viewersOf)]
  const ask = (notices: UserNotice[]) => core.call((client) => client.listNotices, { notices })
  const teller = new Teller({
    listeners,
    presentUsers,
    views,
    notices: new Notices({ connections, listeners, presentUsers, ask }),
    viewersOf,
    readServer: async (userId, serverId) =>
      present((await servers.call((client) => client.getServer, { serverId }, { userId })).server),
    log,
  })
  const happenings = new HappeningsLog({
    read: (after) => readHappenings(core, after),
    tell: (happening) => teller.tell(happening),
    tellTogether: (some) => teller.tellNotices(some),
    onGap: () => listeners.crashAll(),
    log,
  })
  const activities = new Activities({
    connections,
    presentUsers,
    views,
    askParticipants: async (channelIds) =>
      (await core.call((client) => client.listParticipants, { channelIds })).directs,
    log,
  })
  const apply = (lost: LostRight) => {
    views.apply(lost)
    if (lost.$case === 'serverDeleted') leaveAll(presentUsers, lost.value.serverId)
  }
  return { happenings, listeners, presentUsers, activities, apply }
}

/** A server was deleted: all its members who are here are told, and not again where the log holds it for them. */
function leaveAll(presentUsers: PresentUsers, serverId: string): void {
  for (const userId of [...presentUsers.membersOf(serverId)]) {
    presentUsers.leave(userId, serverId)
    for (const join of presentUsers.joinsOf(userId)) join.push('server:left', { server_id: serverId })
  }
}
