import { BSON, MongoBulkWriteError, MongoInvalidArgumentError, MongoServerError } from 'mongodb'
import { RecadoError } from '../../../lib/errors.js'

const DUPLICATE_KEY = 11_000

/** What the server says of a document or command that can never succeed: bad value, parse error, validation, too large, key too long. */
const lastingCodes: ReadonlySet<unknown> = new Set([2, 9, 121, 10_334, 17_280, 17_282])

const mistakes = [TypeError, RangeError, BSON.BSONError, MongoInvalidArgumentError]

/**
 * The place in an ordered insert where a unique key stopped it; undefined for every other error, also for one in which the server
 * could not promise that what came before is durable.
 */
export function refusedIndexOf(error: unknown): number | undefined {
  if (!(error instanceof MongoBulkWriteError) || error.code !== DUPLICATE_KEY) return undefined
  if (error.result.getWriteConcernError()) return undefined
  return [error.writeErrors].flat()[0]?.index
}

/**
 * What the port throws. Whatever is not plainly the content's or the caller's own fault is taken for a server that is away, for then
 * the caller waits; otherwise it would give a message up.
 */
export function toPortError(thrown: unknown): unknown {
  if (thrown instanceof RecadoError || isLasting(thrown)) return thrown
  return new RecadoError('unavailable', 'The message store is away. Try again in a moment.', {
    cause: thrown,
  })
}

function isLasting(thrown: unknown): boolean {
  if (thrown instanceof MongoServerError) return lastingCodes.has(thrown.code)
  return mistakes.some((mistake) => thrown instanceof mistake)
}
