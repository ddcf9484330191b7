/** JSON that is text already. {@link toJsonText} writes it as it is; `JSON.stringify` writes the same value, in JavaScript's numbers. */
export class JsonText {
  readonly text: string

  /** `text` must be what `JSON.parse` takes. */
  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

/** Writes a value as `JSON.stringify` does, with each {@link JsonText} in it exactly as it was written. */
export function toJsonText(value: unknown): string {
  if (value instanceof JsonText) return value.text
  if (Array.isArray(value)) return `[${value.map((item) => toJsonText(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return JSON.stringify(value) ?? 'null'
  const members: string[] = []
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${toJsonText(member)}`)
  return `{${members.join(',')}}`
}

/** What objects were read from, as long as they are there. */
const sources = new WeakMap<object, () => string>()

/** Keeps what an object was read from, for {@link memberText}. `read` is called only then. */
export function keepSource(value: unknown, read: () => string): void {
  if (typeof value === 'object' && value !== null) sources.set(value, read)
}

/**
 * A member of an object as JSON: exactly as it was written where the object's source was kept, so that numbers that JavaScript cannot
 * hold and the order of keys stay. Undefined where there is no such member.
 */
export function memberText<Name extends string>(
  value: { [name in Name]?: unknown },
  name: Name,
): string | undefined {
  if (value[name] === undefined) return undefined
  const read = sources.get(value)
  return read ? rawMember(read(), name) : JSON.stringify(value[name])
}

/**
 * The text of a member of a JSON object, exactly as it was written. `json` must be an object that `JSON.parse` takes; of several
 * members of the name the last counts, as there. Undefined without one.
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

/** The text of an item of a JSON array, exactly as it was written. `json` must be an array that `JSON.parse` takes, and has the item. */
export function rawItem(json: string, index: number): string {
  let start = json.indexOf('[') + 1
  for (let skipped = 0; skipped < index; skipped += 1) start = endOfValue(json, start) + 1
  return json.slice(start, endOfValue(json, start)).trim()
}

/** Where the value that begins at `start` ends: at the comma, brace or bracket behind it. */
function endOfValue(json: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{},]/g
  token.lastIndex = start
  for (let depth = 0, match = token.exec(json); match; match = token.exec(json)) {
    const [text] = match
    if (depth === 0 && (text === ',' || text === '}' || text === ']')) return match.index
    if (text === '{' || text === '[') depth += 1
    if (text === '}' || text === ']') depth -= 1
  }
  return json.length
}
