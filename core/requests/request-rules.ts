import { RecadoError } from '../../lib/errors.js'

/** Makes the error for a field that is at fault; `fault` completes the sentence that begins with the field's name. */
export function invalidField(field: string, fault: string): RecadoError {
  return new RecadoError('invalid_argument', `\`${field}\` ${fault}.`, { details: { [field]: fault } })
}

/** How many items a request may ask for. */
export type CountRule = { field: string; max: number; default: number }

/**
 * The number of items to read: the default for 0.
 * @throws `invalid_argument` when it is out of range.
 */
export function toCount(asked: number, rule: CountRule): number {
  if (asked === 0) return rule.default
  if (asked < 0 || asked > rule.max) throw invalidField(rule.field, `must be 1 to ${rule.max}`)
  return asked
}

/**
 * Checks the length of a list in a request.
 * @throws `invalid_argument` when it is longer than `max`.
 */
export function assertAtMost(field: string, items: readonly unknown[], max: number): void {
  if (items.length > max)
    throw invalidField(field, `must have at most ${max.toLocaleString('en')} entries, not ${items.length}`)
}
