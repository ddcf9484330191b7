import { RecadoError } from '../../lib/errors.js'

/** What is said of a user who should be a member and is none. */
export function memberNotFound(): RecadoError {
  return new RecadoError('not_found', 'This user is no member of the server.', {
    reason: 'USER_NOT_A_MEMBER',
  })
}
