import { RecadoError } from './errors.js'

/** What is wrong with the fields of a request, by their names, each to be read after the name; undefined where nothing is. */
export type Faults = Readonly<Record<string, string | undefined>>

/** So many fields are named in one error. */
const MAX_NAMED = 16

/**
 * Refuses a request in which any field is at fault.
 * @throws `invalid_argument` that names every one of them, up to 16
 */
export function assertNoFaults(faults: Faults): void {
  const found = Object.entries(faults).filter((entry): entry is [string, string] => entry[1] !== undefined)
  if (found.length === 0) return
  const named = found.slice(0, MAX_NAMED)
  const sentences = named.map(([field, fault]) => `\`${field}\` ${fault}`)
  throw new RecadoError('invalid_argument', `${sentences.join('; ')}.`, {
    details: Object.fromEntries(named),
  })
}
