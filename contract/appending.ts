import { Gathering } from '../lib/gathering.js'
import { countCodePoints } from '../lib/text.js'
import { MAX_CONTENT_CHARACTERS } from './limits.js'

/** A part of a message's text on its way. */
export type Part = {
  channelId: string
  senderId: string
  sessionId: string | undefined
  /** The message's id. */
  id: string
  text: string
  final: boolean
  /** With one, it is stored by itself: its repeat is known. */
  nonce: string | undefined
}

/** At most one stored event a message in so many milliseconds. */
const INTERVAL_MS = 1_000

/** Groups of one message that may wait, and messages that grow at once. */
const MAX_GROUPS = 16
const MAX_MESSAGES = 10_000

/**
 * Gathers the parts that messages grow by: those of one message and sender that come within a second are stored together, the first at
 * once. A part with a nonce, and whatever follows a final one, stands alone.
 */
export function gatherAppends<Result>(
  send: (part: Part) => Promise<Result>,
  intervalMs = INTERVAL_MS,
): { add(part: Part): Promise<Result>; close(): Promise<void> } {
  const gathering = new Gathering<Part, Result>({
    intervalMs,
    maxGroups: MAX_GROUPS,
    maxKeys: MAX_MESSAGES,
    join,
    flush: (_key, part) => send(part),
  })
  return {
    // No id holds U+0000, so no two keys read alike.
    add: (part) => gathering.add(`${part.channelId}\0${part.id}\0${part.senderId}`, part),
    close: () => gathering.close(),
  }
}

function join(group: Part, part: Part): Part | undefined {
  const isAlone = group.nonce !== undefined || part.nonce !== undefined || group.final
  const text = group.text + part.text
  const isTooLong = countCodePoints(text, MAX_CONTENT_CHARACTERS) > MAX_CONTENT_CHARACTERS
  if (isAlone || isTooLong || group.sessionId !== part.sessionId) return undefined
  return { ...group, text, final: part.final }
}
