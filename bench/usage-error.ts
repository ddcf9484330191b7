/** The command line is wrong; the message says how. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads an option that counts something. */
export function toCount(name: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new UsageError(`--${name} takes a whole number above 0, not "${text}".`)
}
