import { RecadoError } from '../lib/errors.js'
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

/**
 * The text of an object that was read from JSON, to be a message's data.
 * @throws `invalid_argument` where it is nested so deep that no stack holds it; its size is checked by {@link isData}.
 */
export function toData(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const details = { data: 'is nested too deep' }
    throw new RecadoError('invalid_argument', '`data` is nested too deep.', { details, cause })
  }
}

/**
 * The text of a member of a JSON object, exactly as it was written: numbers that JavaScript cannot hold and the order of keys stay.
 * `json` must be an object that `JSON.parse` takes; of several members of the name the last counts, as there. Undefined without one.
 */
export function rawMember(json: string, name: string): string | undefined {
  let found: string | undefined
  let at = json.indexOf('{') + 1
  for (;;) {
    const key = /\s*("(?:[^"\\]|\\.)*")\s*:\s*/y
    key.lastIndex = at
    const [whole, text = '""'] = key.exec(json) ?? []
    if (whole === undefined) return found
    const start = at + whole.length
    const end = endOfValue(json, start)
    if (JSON.parse(text) === name) found = json.slice(start, end).trimEnd()
    at = end + 1
  }
}

/** Where the value that begins at `start` ends: at the comma or brace behind it. */
function endOfValue(json: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{},]/g
  token.lastIndex = start
  for (let depth = 0, match = token.exec(json); match; match = token.exec(json)) {
    const [text] = match
    if (depth === 0 && (text === ',' || text === '}')) return match.index
    if (text === '{' || text === '[') depth += 1
    if (text === '}' || text === ']') depth -= 1
  }
  return json.length
}
