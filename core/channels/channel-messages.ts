import { toPermissionList } from '../../contract/permissions.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import type { ChannelRow } from './channel-queries.js'
import type { OverrideRow } from './override-queries.js'

/** A server's channel as it is sent. */
export function toChannel(
  row: Pick<ChannelRow, 'id' | 'server_id' | 'name' | 'created_at' | 'topic' | 'slow_mode_s'>,
  overrides: readonly OverrideRow[] = [],
): Channel {
  return {
    id: row.id,
    serverId: row.server_id ?? '',
    name: row.name,
    createdAt: row.created_at.toISOString(),
    topic: row.topic,
    slowModeS: row.slow_mode_s,
    overrides: overrides.map(({ role_id: roleId, allow, deny }) => ({
      roleId,
      allow: toPermissionList(allow),
      deny: toPermissionList(deny),
    })),
    userIds: [],
  }
}
