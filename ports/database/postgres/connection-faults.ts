import pg from 'pg'
import { RecadoError } from '../../../lib/errors.js'

/**
 * The first characters of those of PostgreSQL's codes that say that the server cannot serve now: connections (08), resources such
 * as a full disk (53), shutdowns and starts (57P), a statement that took too long (57014), a transaction that stood idle (25P03).
 */
const passingCodes = ['08', '53', '57P', '57014', '25P03']

/** What the port throws when a connection cannot be had, whatever the reason. */
export function unavailable(cause: unknown): RecadoError {
  return new RecadoError('unavailable', 'The database is away. Try again in a moment.', { cause })
}

/** What the port throws for an error of a statement: `unavailable` when the server or the way to it is at fault, else the error itself. */
export function toPortError(thrown: unknown): unknown {
  if (thrown instanceof TypeError || thrown instanceof RangeError) return thrown
  if (thrown instanceof pg.DatabaseError && !isPassing(thrown.code)) return thrown
  return unavailable(thrown)
}

function isPassing(code = ''): boolean {
  return passingCodes.some((start) => code.startsWith(start))
}
