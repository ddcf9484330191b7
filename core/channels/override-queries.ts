import type { Selectable } from 'kysely'
import type { OverridesTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import type { Override } from '../rights/rights.js'
import { updateChannel, type ChannelRow } from './channel-queries.js'

/** What a role may do otherwise in a channel. */
export type OverrideRow = Selectable<OverridesTable>

/** Lists a channel's overrides: that of `everyone` first, which stands in the channel's row, then the others by role. */
export async function listOverrides(handle: Handle, channel: ChannelRow): Promise<OverrideRow[]> {
  const { id, server_id: everyoneId, everyone_allow: allow, everyone_deny: deny } = channel
  const others = await handle
    .selectFrom('overrides')
    .selectAll()
    .where('channel_id', '=', id)
    .orderBy('role_id')
    .execute()
  const everyones = { channel_id: id, role_id: everyoneId ?? '', allow, deny }
  return isNone({ allow, deny }) ? others : [everyones, ...others]
}

/** Sets an override in place of the former; one that allows and denies nothing is none. */
export async function setOverride(
  transaction: Handle,
  channel: ChannelRow,
  roleId: string,
  { allow, deny }: Override,
): Promise<void> {
  if (roleId === channel.server_id)
    return updateChannel(transaction, channel.id, { everyone_allow: allow, everyone_deny: deny })
  const key = { channel_id: channel.id, role_id: roleId }
  if (isNone({ allow, deny })) {
    await transaction
      .deleteFrom('overrides')
      .where('channel_id', '=', channel.id)
      .where('role_id', '=', roleId)
      .execute()
    return
  }
  await transaction
    .insertInto('overrides')
    .values({ ...key, allow, deny })
    .onConflict((conflict) => conflict.columns(['channel_id', 'role_id']).doUpdateSet({ allow, deny }))
    .execute()
}

function isNone({ allow, deny }: Override): boolean {
  return allow === 0 && deny === 0
}
