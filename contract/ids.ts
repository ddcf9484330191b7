import { hash } from 'node:crypto'
import { v7 } from 'uuid'

/** Makes a new id: a UUID of version 7, so that ids sort by the time they were made. */
export function newId(): string {
  return v7()
}

/** The longest id that anybody can name, in UTF-16 units; ours are shorter. */
export const MAX_ID_LENGTH = 128

/** Tells whether a text can be an id at all: 1 to 128 UTF-16 units of well-formed Unicode without U+0000, which PostgreSQL refuses. */
export function isId(text: string): boolean {
  return text.length > 0 && text.length <= MAX_ID_LENGTH && text.isWellFormed() && !text.includes('\0')
}

/**
 * Derives an id from parts: the same parts always give the same id, in every program and version. 22 characters of base64url,
 * 128 bits of SHA-256. Each part is preceded by its length, so no two lists of parts read alike.
 */
export function deriveId(...parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
  return hash('sha256', text, 'base64url').slice(0, 22)
}

/**
 * Maps a key to one of `count` slots, 0..count−1, the same everywhere and for ever: FNV-1a of 32 bits over UTF-8 with a final
 * mix, modulo `count`.
 */
export function slotOf(key: string, count: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return (hash >>> 0) % count
}
