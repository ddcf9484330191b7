import { MAX_DATA_BYTES } from './limits.js'

/** Tells whether a text can be a message's data: a JSON object of at most 8 KiB, in well-formed Unicode. */
export function isData(text: string): boolean {
  if (Buffer.byteLength(text) > MAX_DATA_BYTES || !text.isWellFormed()) return false
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
