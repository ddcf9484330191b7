import {
  NotificationKind,
  NotificationLevel,
  type ChannelState,
  type Notification,
} from '../../gen/recado/v1/reading_service.js'
import { toMessageJson } from '../message-json.js'
import { present, toHeadJson } from './json.js'
import type { ChannelStateJson, NotificationJson } from './schemas.js'

const levels: Partial<Record<NotificationLevel, ChannelStateJson['level']>> = {
  [NotificationLevel.NOTIFICATION_LEVEL_ALL]: 'all',
  [NotificationLevel.NOTIFICATION_LEVEL_NONE]: 'none',
}

const kinds: Partial<Record<NotificationKind, NotificationJson['kind']>> = {
  [NotificationKind.NOTIFICATION_KIND_MENTION]: 'mention',
  [NotificationKind.NOTIFICATION_KIND_DIRECT]: 'direct',
  [NotificationKind.NOTIFICATION_KIND_REPLY]: 'reply',
}

/** Translates a channel's state for clients. */
export function toChannelStateJson(state: ChannelState): ChannelStateJson {
  return {
    channel_id: state.channelId,
    ...(state.serverId && { server_id: state.serverId }),
    head: toHeadJson(present(state.head)),
    read_seq: state.readSeq,
    unread: state.unread,
    mentions: state.mentions,
    level: levels[state.level] ?? 'mentions',
  }
}

/** Translates a notification for clients. */
export function toNotificationJson(notification: Notification): NotificationJson {
  const { id, kind, channelId, serverId, message, at } = notification
  return {
    id,
    kind: kinds[kind] ?? 'message',
    channel_id: channelId,
    ...(serverId !== undefined && { server_id: serverId }),
    message: toMessageJson(present(message)),
    at: at ?? '',
  }
}
