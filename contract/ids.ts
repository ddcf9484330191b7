import { hash, randomUUID } from 'node:crypto'
import { v7 } from 'uuid'
import { countCodePoints } from '../lib/text.js'
import { MAX_ID_CHARACTERS, MAX_NONCE_CHARACTERS } from './limits.js'

/** Makes a new id: a UUID of version 7, so that ids sort by the time they were made. */
export function newId(): string {
  return v7()
}

/** Names a try. Nothing sorts by it, so it is random: an id that sorts takes twenty times as long to make. */
export function newAttempt(): string {
  return randomUUID()
}

/** Tells whether a text can be an id at all: 1 to 128 code points of well-formed Unicode without U+0000, which PostgreSQL refuses. */
export function isId(text: string): boolean {
  return isKey(text, MAX_ID_CHARACTERS)
}

/** Tells whether a text can be a nonce: 1 to 64 code points of well-formed Unicode without U+0000. */
export function isNonce(text: string): boolean {
  return isKey(text, MAX_NONCE_CHARACTERS)
}

function isKey(text: string, maxCodePoints: number): boolean {
  if (text.length === 0 || !text.isWellFormed() || text.includes('\0')) return false
  return countCodePoints(text, maxCodePoints) <= maxCodePoints
}

/**
 * Derives an id from parts: the same parts always give the same id, in every program and version. 22 characters of base64url,
 * 128 bits of SHA-256. Each part is preceded by its length, so no two lists of parts read alike.
 */
export function deriveId(...parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
  return hash('sha256', text, 'base64url').slice(0, 22)
}

/** What an event's id is derived from, beside the kind of its command. */
export type EventKey = { channelId: string; senderId: string; nonce: string | undefined; attempt: string }

/** The id of the event that a command of some kind becomes: the same for the same (kind, channel, sender, nonce); without a nonce, for the same attempt. */
export function toEventId(kind: string, { channelId, senderId, nonce, attempt }: EventKey): string {
  return nonce === undefined
    ? deriveId(kind, channelId, senderId, 'attempt', attempt)
    : deriveId(kind, channelId, senderId, 'nonce', nonce)
}

/** The id of a message: as {@link toEventId}. */
export function toMessageId(key: EventKey): string {
  return toEventId('message', key)
}

/** Names an event in one text, as a key of maps: no id holds U+0000, so no two read alike. */
export function toEventKey({ channelId, id }: { channelId: string; id: string }): string {
  return `${channelId}\0${id}`
}
