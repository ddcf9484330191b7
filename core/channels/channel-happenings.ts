import type { Channel } from '../../gen/recado/v1/types.js'
import type { Handle } from '../handle.js'
import { insertHappenings, type What } from '../happenings/happening-queries.js'
import { permissionsInChannel, permits } from '../rights/rights.js'
import { toChannel } from './channel-messages.js'
import type { FoundChannel } from './channel-queries.js'
import { listOverrides } from './override-queries.js'

type ToldOfChannel = Extract<What, { value: Channel }>

/** Has the topic of a channel's server tell of it, in the transaction that changes it. */
export async function tellChannel(transaction: Handle, what: ToldOfChannel): Promise<void> {
  await insertHappenings(transaction, [{ topic: `server:${what.value.serverId}`, what }])
}

/**
 * A channel that is being deleted, as its server's topic tells of it: without overrides where every member could view it, with them where
 * some could not, who must hear nothing of it.
 */
export async function toDeleted(handle: Handle, channel: FoundChannel): Promise<Channel> {
  const overrides = await listOverrides(handle, channel)
  const isDenied = overrides.some(
    ({ role_id: roleId, deny }) => roleId !== channel.server_id && permits(deny, 'view_channel'),
  )
  const ofEveryone = permissionsInChannel({
    isOwner: false,
    everyone: channel.everyone_permissions ?? 0,
    roles: 0,
    everyoneOverride: { allow: channel.everyone_allow, deny: channel.everyone_deny },
    rolesOverride: { allow: 0, deny: 0 },
  })
  const isForAll = !isDenied && permits(ofEveryone, 'view_channel')
  return toChannel(
    channel,
    isForAll
      ? []
      : [{ channel_id: channel.id, role_id: channel.server_id ?? '', allow: 0, deny: 0 }, ...overrides],
  )
}
