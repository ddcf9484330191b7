const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:[Zz]|([+-]\d{2}):(\d{2}))$/

/** The first and the last moment that every store, and protobuf's Timestamp, can hold, in milliseconds since 1970. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Reads a time of RFC 3339 and writes it in UTC as `Date.toISOString` does, in milliseconds: what is finer is cut off. Undefined for
 * what no store could keep: a day or an hour that does not exist (30 February, 24:00), a leap second, a moment that is not, in UTC,
 * in the years 1 to 9999.
 */
export function toUtcTime(text: string): string | undefined {
  return isUtcTime(text) ? text : convert(text)
}

/** Whether it is written so already, as our programs do: known in a third of the time. */
function isUtcTime(text: string): boolean {
  if (text.length !== 24 || text < '0001') return false
  const at = new Date(text)
  return !Number.isNaN(at.getTime()) && at.toISOString() === text
}

function convert(text: string): string | undefined {
  const [, date, time, fraction = '', hours = '+00', minutes = '00'] = rfc3339.exec(text) ?? []
  const written = new Date(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  // JavaScript takes the 30th of February for the 1st or 2nd of March, and 24:00 for the next day.
  const exists = !Number.isNaN(written.getTime()) && written.toISOString().startsWith(`${date}T${time}`)
  const isOffset = Math.abs(Number(hours)) < 24 && Number(minutes) < 60
  if (!exists || !isOffset) return undefined
  const offsetMs = (Math.abs(Number(hours)) * 60 + Number(minutes)) * 60_000
  const at = written.getTime() + (hours.startsWith('-') ? offsetMs : -offsetMs)
  return at >= FIRST_MS && at <= LAST_MS ? new Date(at).toISOString() : undefined
}
