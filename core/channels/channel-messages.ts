import type { Channel } from '../../gen/recado/v1/types.js'
import type { ChannelRow } from './channel-queries.js'

/** A channel as it is sent. */
export function toChannel(row: Pick<ChannelRow, 'id' | 'server_id' | 'name' | 'created_at'>): Channel {
  return {
    id: row.id,
    serverId: row.server_id ?? '',
    name: row.name,
    createdAt: row.created_at.toISOString(),
    topic: '',
    slowModeS: 0,
    overrides: [],
    userIds: [],
  }
}
