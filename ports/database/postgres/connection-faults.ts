import pg from 'pg'
import { RecadoError } from '../../../lib/errors.js'

/**
 * The first characters of those of PostgreSQL's codes that say that the server cannot do it now: connections (08), a server that only
 * reads, as after a failover (25006), a transaction that stood idle (25P03), one that lost to another (40), resources such as a full
 * disk (53), what is in use or locked (55), what an operator stopped (57), the system and its disks (58), the server's own bugs (XX).
 */
const passingCodes = ['08', '25006', '25P03', '40', '53', '55', '57', '58', 'XX']

/** What lasts until somebody mends a setting, by the code that refuses a connection. */
const settingFaults: Readonly<Record<string, string>> = {
  '28000': 'PostgreSQL refuses the user in DATABASE_URL.',
  '28P01': 'PostgreSQL refuses the user or the password in DATABASE_URL.',
  '3D000': 'PostgreSQL has no database of the name in DATABASE_URL.',
}

const DISK_FULL = '53100'

/** What the port throws when a connection cannot be had, or the server cannot do it now, whatever the reason. */
export function unavailable(cause: unknown): RecadoError {
  if (cause instanceof pg.DatabaseError && cause.code === DISK_FULL)
    return new RecadoError('unavailable', 'The disk of the database is full. Try again once there is room.', {
      cause,
    })
  const words = cause instanceof pg.DatabaseError ? settingFaults[cause.code ?? ''] : undefined
  return new RecadoError('unavailable', 'The database is away. Try again in a moment.', {
    cause: words === undefined ? cause : new Error(words),
  })
}

/** What the port throws for an error of a statement: `unavailable` when the server or the way to it is at fault, else the error itself. */
export function toPortError(thrown: unknown): unknown {
  if (thrown instanceof TypeError || thrown instanceof RangeError) return thrown
  if (thrown instanceof pg.DatabaseError && !isPassing(thrown.code)) return thrown
  return unavailable(thrown)
}

/** Whether the server has not said a word: its answer is late, or the way to it is silently dead. */
export function isSilence(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Query read timeout'
}

function isPassing(code = ''): boolean {
  return passingCodes.some((start) => code.startsWith(start))
}
