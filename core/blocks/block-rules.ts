import { RecadoError } from '../../lib/errors.js'
import { userNotFound } from '../users/user-rules.js'
import type { DirectObstacle } from './block-queries.js'

/** The error of a direct between two of whom one blocks the other; who does is not told. */
export function blocked(): RecadoError {
  return new RecadoError('permission_denied', 'You cannot write to this user directly.', {
    reason: 'BLOCKED',
  })
}

/** The error of what stands in the way of writing in a direct. */
export function toObstacleError(obstacle: DirectObstacle): RecadoError {
  return obstacle === 'blocked' ? blocked() : userNotFound()
}
