import { RecadoError } from '../lib/errors.js'
import { CommandKind } from '../gen/recado/v1/messages_service.js'
import type { Message } from '../gen/recado/v1/types.js'

/** Who wants to change a message how. */
export type Changer = {
  kind: CommandKind
  senderId: string
  /** Whether they may change what others wrote. */
  mayManage: boolean
}

const authorOnly: ReadonlySet<CommandKind> = new Set([
  CommandKind.COMMAND_KIND_EDIT,
  CommandKind.COMMAND_KIND_APPEND,
])

/**
 * Why somebody may not change a message as it stands; undefined: they may. Asked before the queue, by core, and once more with what
 * the log holds, by the consumer.
 */
export function findChangeFault(
  { kind, senderId, mayManage }: Changer,
  message: Message | undefined,
): RecadoError | undefined {
  if (!message)
    return new RecadoError('not_found', 'No message of the channel has this id, or it is not stored yet.', {
      reason: 'MESSAGE_NOT_FOUND',
      retryable: true,
    })
  const isOwn = message.senderId === senderId
  if (!isOwn && authorOnly.has(kind)) return denied('Only its author may change a message.')
  if (kind === CommandKind.COMMAND_KIND_DELETE) {
    // To delete what is deleted changes nothing, and harms nobody.
    if (isOwn || mayManage) return undefined
    return denied('Only its author, or who has `manage_messages`, may delete a message.')
  }
  if (message.deletedAt !== undefined)
    return new RecadoError('not_found', 'The message was deleted.', { reason: 'MESSAGE_DELETED' })
  return undefined
}

function denied(text: string): RecadoError {
  return new RecadoError('permission_denied', text, { reason: 'MISSING_PERMISSION' })
}
