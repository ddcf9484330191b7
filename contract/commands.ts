import { CommandKind, type Candidate } from '../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../gen/recado/v1/payload.js'
import { countCodePoints } from '../lib/text.js'
import { isId, toEventId, type EventKey } from './ids.js'
import { MAX_EMOJI_CHARACTERS } from './limits.js'

/** What may be asked, one of its kinds. */
export type Command = NonNullable<QueuedCommand['command']>

/** Of what kind a command is. */
export function kindOf(command: QueuedCommand['command']): CommandKind {
  switch (command?.$case) {
    case 'message':
      return CommandKind.COMMAND_KIND_MESSAGE
    case 'edit':
      return CommandKind.COMMAND_KIND_EDIT
    case 'append':
      return CommandKind.COMMAND_KIND_APPEND
    case 'delete':
      return CommandKind.COMMAND_KIND_DELETE
    case 'react':
      return command.value.remove ? CommandKind.COMMAND_KIND_UNREACT : CommandKind.COMMAND_KIND_REACT
    case undefined:
      return CommandKind.COMMAND_KIND_UNSPECIFIED
  }
}

/** The text that a command brings: a message's, or what an edit sets or an append adds; empty for the others. */
export function contentOf(command: QueuedCommand['command']): string {
  switch (command?.$case) {
    case 'message':
      return command.value
    case 'edit':
      return command.value.content
    case 'append':
      return command.value.text
    case 'delete':
    case 'react':
    case undefined:
      return ''
  }
}

/** The id of the message that a command changes; undefined for one that writes a message. */
export function changedIdOf(command: QueuedCommand['command']): string | undefined {
  return command === undefined || command.$case === 'message' ? undefined : command.value.id
}

/** The id of the event that a command becomes: the same for the same (kind, channel, sender, nonce); without a nonce, for the same attempt. */
export function toCommandId(command: Command, key: EventKey): string {
  return toKindId(kindOf(command), key)
}

/** As {@link toCommandId}, of a kind alone. */
export function toKindId(kind: CommandKind, key: EventKey): string {
  return toEventId(idWords[kind] ?? '', key)
}

/** Stored ids are made of these words: they never change. */
const idWords: Readonly<Partial<Record<CommandKind, string>>> = {
  [CommandKind.COMMAND_KIND_MESSAGE]: 'message',
  [CommandKind.COMMAND_KIND_EDIT]: 'edit',
  [CommandKind.COMMAND_KIND_APPEND]: 'append',
  [CommandKind.COMMAND_KIND_DELETE]: 'delete',
  [CommandKind.COMMAND_KIND_REACT]: 'react',
  [CommandKind.COMMAND_KIND_UNREACT]: 'unreact',
}

/** What of a command core is asked about. */
type Asked = Pick<QueuedCommand, 'senderId' | 'channelId' | 'command' | 'nonce' | 'sessionId'> &
  Partial<Pick<QueuedCommand, 'replyTo' | 'moderated'>>

/** What core is asked about a command; `changed` is the message that it is to find in the log, if any. */
export function toCandidate(asked: Asked, changed?: string): Candidate {
  const { senderId, channelId, command, nonce, replyTo, sessionId, moderated = false } = asked
  return {
    kind: kindOf(command),
    senderId,
    channelId,
    content: contentOf(command),
    emoji: command?.$case === 'react' ? command.value.emoji : undefined,
    messageId: changed,
    moderated,
    sessionId,
    replyTo: command?.$case === 'message' ? replyTo : undefined,
    nonce,
  }
}

/** Tells whether a text can be a reaction: an id's characters, 1 to 64 code points, none of them white space. */
export function isEmoji(text: string): boolean {
  return (
    isId(text) &&
    !/\p{White_Space}/u.test(text) &&
    countCodePoints(text, MAX_EMOJI_CHARACTERS) <= MAX_EMOJI_CHARACTERS
  )
}
