import { CommandKind, type Candidate } from '../../gen/recado/v1/messages_service.js'

/** What decides whether somebody may have to be told of a message. */
export type Noticeable = {
  /** Empty in a direct. */
  serverId: string
  /** Whether somebody wants to be told of every message there. */
  hasListeners: boolean
}

/** Whether somebody may have to be told of a message: where not, nobody is looked for. */
export function mayNotify(
  { kind, replyTo }: Pick<Candidate, 'kind' | 'replyTo'>,
  target: Noticeable,
  isMentioning: boolean,
): boolean {
  if (kind !== CommandKind.COMMAND_KIND_MESSAGE && kind !== CommandKind.COMMAND_KIND_UNSPECIFIED) return false
  return target.serverId === '' || target.hasListeners || replyTo !== undefined || isMentioning
}
