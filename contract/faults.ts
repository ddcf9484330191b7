import { RecadoError } from '../lib/errors.js'

/** The classes of SQLSTATE that blame the data of a statement: data exceptions and integrity constraints. */
const dataError = /^2[23][0-9A-Z]{3}$/

/**
 * Decides whose fault an error is that stopped a message on its way: true when the message is to blame, so that no later try can
 * help; false for everything else, which passes or is mended from outside, so that the message is held.
 *
 * A message is to blame when it cannot be decoded or a store refuses its data (`invalid_argument`, or a raw error whose `code` is an
 * SQLSTATE of class 22 or 23), and when our own code stumbles over it (`TypeError`, `RangeError`). What another program answers is
 * no fault of the message: whoever asks it translates the answer first.
 */
export function isOwnFault(thrown: unknown): boolean {
  if (thrown instanceof RecadoError) return thrown.code === 'invalid_argument'
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true
  return hasCode(thrown) && typeof thrown.code === 'string' && dataError.test(thrown.code)
}

function hasCode(thrown: unknown): thrown is { code: unknown } {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown
}
