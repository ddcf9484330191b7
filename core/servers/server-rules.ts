import { assertNoFaults } from '../../lib/faults.js'
import { limits } from '../../gen/limits.js'
import { checkName, type TextFault } from '../../lib/text.js'

/** Checks the name of a server or channel. */
export function checkDisplayName(name: string): TextFault {
  return checkName(name, limits['recado.v1.CreateServerRequest'].name.maxLength)
}

/**
 * The new name in an update, in which nothing else can be given yet.
 * @throws `invalid_argument` when it is not given
 */
export function toNameChange(name: string | undefined): string {
  assertNoFaults({ name: name === undefined ? 'must be given: nothing else can be changed' : undefined })
  return name ?? ''
}
