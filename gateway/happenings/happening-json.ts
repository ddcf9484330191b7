import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { toChannelJson, toDirectJson, toMemberJson, toRoleJson, toServerJson } from '../http/json.js'

/** What happened, by its name in the contract. */
export type What = NonNullable<Happening['what']>

/** An event as clients hear it, but for its position. */
export type ToldEvent = { event: string; payload: object }

/** Translates what a topic tells; undefined for what needs more than its body, or is not known. */
export function toToldEvent(what: What): ToldEvent | undefined {
  switch (what.$case) {
    case 'serverUpdated':
      return { event: 'server:updated', payload: { server: withoutChannels(what.value) } }
    case 'channelCreated':
      return { event: 'channel:created', payload: { channel: toChannelJson(what.value) } }
    case 'channelUpdated':
      return { event: 'channel:updated', payload: { channel: toChannelJson(what.value) } }
    case 'channelDeleted':
      return { event: 'channel:deleted', payload: { channel: toChannelJson(what.value) } }
    case 'memberJoined':
      return { event: 'member:joined', payload: { member: toMemberJson(what.value) } }
    case 'memberLeft':
      return { event: 'member:left', payload: { member: toMemberJson(what.value) } }
    case 'memberUpdated':
      return { event: 'member:updated', payload: { member: toMemberJson(what.value) } }
    case 'roleCreated':
      return { event: 'role:created', payload: { role: toRoleJson(what.value) } }
    case 'roleUpdated':
      return { event: 'role:updated', payload: { role: toRoleJson(what.value) } }
    case 'roleDeleted':
      return { event: 'role:deleted', payload: { role: toRoleJson(what.value) } }
    case 'serverLeft':
      return { event: 'server:left', payload: { server_id: what.value.serverId } }
    case 'directNew':
      return { event: 'direct:new', payload: toDirectJson(what.value) }
    case 'read':
      return { event: 'read', payload: { channel_id: what.value.channelId, seq: what.value.seq } }
    default:
      return undefined
  }
}

/** A server for everybody: not all may view all of its channels. */
function withoutChannels(server: Server): object {
  return { ...toServerJson(server), channels: undefined }
}
