import { isEmoji } from '../../contract/commands.js'
import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import type { PermissionSet } from '../../contract/permissions.js'
import type { DirectObstacle } from '../blocks/block-queries.js'
import { toObstacleError } from '../blocks/block-rules.js'
import { CommandKind, type Candidate } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import { checkPart, checkText } from '../../lib/text.js'
import { holdsWord } from '../moderation/words.js'
import { findDenial, permits, type Permission } from '../rights/rights.js'

/** What was found of the place that a candidate is for; there is none where its sender is not in it. */
export type Target = {
  /** Empty in a direct. */
  serverId: string
  /** What its sender may do there. */
  permissions: PermissionSet
  /** What keeps its sender from writing in a direct; null elsewhere. */
  obstacle: DirectObstacle | null
  /** Seconds between two messages of a member; 0: any number. */
  slowModeS: number
  /** Whether somebody wants to be told of every message there. */
  hasListeners: boolean
  /** How far the channel is. */
  headSeq: number
  blockedWords: readonly string[]
  /** Whether the session that the candidate came through is not signed out; true where it names none. */
  isSignedIn: boolean
}

/** Why a candidate is refused, as far as its place decides; undefined: it is not. */
export type Rule = (candidate: Candidate, target: Target | undefined) => RecadoError | undefined

/** The rules in their order: the first fault counts. */
const rules: readonly Rule[] = [findFormFault, findMissingRight, findObstacle, findSignOut, findBlockedWord]

/** What each kind of command needs. To take something of one's own back, it is enough to see it. */
const needed: Readonly<Partial<Record<CommandKind, Permission>>> = {
  [CommandKind.COMMAND_KIND_DELETE]: 'view_channel',
  [CommandKind.COMMAND_KIND_REACT]: 'add_reactions',
  [CommandKind.COMMAND_KIND_UNREACT]: 'view_channel',
}

/** Why a candidate is refused, whatever the log says of the messages that it names; undefined: it is not. */
export function findFault(candidate: Candidate, target: Target | undefined): RecadoError | undefined {
  for (const rule of rules) {
    const fault = rule(candidate, target)
    if (fault) return fault
  }
  return undefined
}

/** Whether somebody may change what others wrote. */
export function mayManage(target: Target | undefined): boolean {
  return permits(target?.permissions ?? 0, 'manage_messages')
}

function findFormFault({ kind, content, emoji }: Candidate): RecadoError | undefined {
  switch (kind) {
    case CommandKind.COMMAND_KIND_DELETE:
      return undefined
    case CommandKind.COMMAND_KIND_REACT:
    case CommandKind.COMMAND_KIND_UNREACT:
      return emoji !== undefined && isEmoji(emoji)
        ? undefined
        : malformed('The emoji', 'emoji', 'must have 1 to 64 characters, none of them white space')
    case CommandKind.COMMAND_KIND_APPEND:
      return malformed('The text', 'text', checkPart(content, MAX_CONTENT_CHARACTERS))
    default:
      return malformed('The text', 'content', checkText(content, MAX_CONTENT_CHARACTERS))
  }
}

function malformed(what: string, field: string, fault: string | undefined): RecadoError | undefined {
  return fault === undefined
    ? undefined
    : new RecadoError('invalid_argument', `${what} ${fault}.`, { details: { [field]: fault } })
}

function findMissingRight({ kind }: Candidate, target: Target | undefined) {
  return findDenial(target?.permissions, needed[kind] ?? 'send_messages', 'channel')
}

/** What one has written there can be taken back all the same. */
function findObstacle({ kind }: Candidate, target: Target | undefined): RecadoError | undefined {
  if (!target?.obstacle || needed[kind] === 'view_channel') return undefined
  return toObstacleError(target.obstacle)
}

function findSignOut(_candidate: Candidate, target: Target | undefined): RecadoError | undefined {
  if (target?.isSignedIn !== false) return undefined
  return new RecadoError('permission_denied', 'The session was signed out before the message was stored.', {
    reason: 'SIGNED_OUT',
  })
}

function findBlockedWord({ content, emoji = '', moderated }: Candidate, target: Target | undefined) {
  if (moderated || !target || !holdsWord(`${content} ${emoji}`, target.blockedWords)) return undefined
  return new RecadoError('permission_denied', 'The message breaks the rule `blocked_words`.', {
    reason: 'BLOCKED_WORD',
  })
}
