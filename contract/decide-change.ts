import { findChangeFault } from './change-rules.js'
import { kindOf } from './commands.js'
import { hasReacted, type Mark, type MessageState } from './folding.js'
import { MAX_CONTENT_CHARACTERS, MAX_EMOJI, MAX_MENTIONS, MAX_REACTING_USERS, MAX_UPDATES } from './limits.js'
import type { Permission } from '../gen/recado/v1/messages_service.js'
import type { AppendCommand, QueuedCommand, ReactCommand } from '../gen/recado/v1/payload.js'
import type { Event, Message } from '../gen/recado/v1/types.js'
import { RecadoError } from '../lib/errors.js'
import { countCodePoints } from '../lib/text.js'

/** What a command does to a message: an event, nothing (it stands so already), or it is refused. */
export type Decision = NonNullable<Event['what']> | 'nothing' | RecadoError

/** Decides a change against its message as it stands, once whoever wants it has core's permission. */
export function decideChange(
  { command, senderId, timestamp }: QueuedCommand,
  { mentions, mentionsEveryone, mayManage }: Permission,
  state: MessageState | undefined,
): Decision {
  const fault = findChangeFault({ kind: kindOf(command), senderId, mayManage }, state?.message)
  if (fault) return fault
  // A message that is not there is a fault.
  const { message } = state as MessageState
  switch (command?.$case) {
    case 'edit': {
      const { content, data = message.data } = command.value
      const change = { content, data, mentions, mentionsEveryone, editedAt: timestamp }
      return update(state as MessageState, change)
    }
    case 'append':
      return append(state as MessageState, command.value, { mentions, mentionsEveryone, editedAt: timestamp })
    case 'delete':
      if (message.deletedAt !== undefined) return 'nothing'
      return { $case: 'messageDeleted', value: { id: message.id, userId: senderId, deletedAt: timestamp } }
    case 'react':
      return react(message, command.value, { userId: senderId, changedAt: timestamp })
    case 'message':
    case undefined:
      return new RecadoError('invalid_argument', 'This is no change of a message.')
  }
}

function update({ message, updateSeqs }: MessageState, change: Partial<Message>): Decision {
  if (updateSeqs.length >= MAX_UPDATES)
    return new RecadoError(
      'resource_exhausted',
      `The text of a message changes at most ${MAX_UPDATES} times.`,
      {
        reason: 'TOO_MANY_EDITS',
        retryable: false,
      },
    )
  return { $case: 'messageUpdated', value: { ...message, ...change } }
}

type Appended = Pick<Message, 'mentions' | 'mentionsEveryone' | 'editedAt'>

function append(state: MessageState, { text, final }: AppendCommand, appended: Appended): Decision {
  const { message } = state
  if (message.isFinal) {
    if (text === '') return 'nothing'
    return new RecadoError('failed_precondition', 'Its last part was appended: the message grows no more.', {
      reason: 'MESSAGE_FINAL',
    })
  }
  if (text === '' && !final) return new RecadoError('invalid_argument', 'Only the last part may be empty.')
  const content = message.content + text
  if (countCodePoints(content, MAX_CONTENT_CHARACTERS) > MAX_CONTENT_CHARACTERS)
    return new RecadoError(
      'invalid_argument',
      `The whole text must have at most ${MAX_CONTENT_CHARACTERS} characters.`,
    )
  return update(state, {
    content,
    mentions: [...new Set([...message.mentions, ...appended.mentions])].slice(0, MAX_MENTIONS),
    mentionsEveryone: message.mentionsEveryone || appended.mentionsEveryone,
    editedAt: appended.editedAt,
    isFinal: final,
  })
}

function react(
  message: Message,
  { emoji, remove }: ReactCommand,
  { userId, changedAt }: { userId: string; changedAt: string | undefined },
): Decision {
  const mark = { userId, emoji }
  if (hasReacted(message, mark) !== remove) return 'nothing'
  const value = { id: message.id, ...mark, changedAt }
  if (remove) return { $case: 'reactionRemoved', value }
  return findReactionFault(message, mark) ?? { $case: 'reactionAdded', value }
}

function findReactionFault({ reactions }: Message, { emoji }: Mark): RecadoError | undefined {
  const known = reactions.find((each) => each.emoji === emoji)
  const isFull = known ? known.userIds.length >= MAX_REACTING_USERS : reactions.length >= MAX_EMOJI
  if (!isFull) return undefined
  const text = `A message has at most ${MAX_EMOJI} emoji, and each of them ${MAX_REACTING_USERS} users.`
  return new RecadoError('resource_exhausted', text, { reason: 'TOO_MANY_REACTIONS', retryable: false })
}
