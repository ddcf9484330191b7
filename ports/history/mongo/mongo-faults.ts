import { BSON, MongoBulkWriteError, MongoInvalidArgumentError, MongoServerError } from 'mongodb'
import { RecadoError } from '../../../lib/errors.js'

/** A unique key is taken. */
export const DUPLICATE_KEY = 11_000

/** A document is larger than any that is stored. */
export const DOCUMENT_TOO_LARGE = 10_334

/** What the server says of one document that it can never hold: bad value, not parsed, not valid BSON, field names, validation, size, keys. */
const documentCodes: ReadonlySet<unknown> = new Set([
  2, 9, 22, 52, 56, 57, 121, 10_334, 17_280, 17_282, 17_419,
])

/** Those of them that speak of the document also where they refuse the whole command; a bad value may be any setting. */
const commandCodes: ReadonlySet<unknown> = new Set([22, 121, 10_334, 17_280, 17_282, 17_419])

/** What the driver refuses before the server sees it. */
const mistakes = [RangeError, BSON.BSONError, MongoInvalidArgumentError]

/** Whoever may not come in: 13 unauthorized, 18 authentication failed, 8000 as some hosts say it. */
const accessCodes: ReadonlySet<unknown> = new Set([13, 18, 8_000])

/** What the server says of one document of an insert that it does not take. */
export class RefusedDocument extends Error {
  override readonly name = 'RefusedDocument'
  readonly code: number

  constructor(code: number, message = 'The server does not say why.') {
    super(message)
    this.code = code
  }
}

/**
 * What the port throws: `invalid_argument` for a document that can never be stored. Whatever is not plainly the document's fault is
 * `unavailable`, for then the caller waits; otherwise it would give a message up.
 */
export function toPortError(thrown: unknown): unknown {
  if (thrown instanceof RecadoError || thrown instanceof TypeError) return thrown
  if (isOfDocument(thrown))
    return new RecadoError('invalid_argument', 'The message store cannot hold this.', { cause: thrown })
  const cause = isAccess(thrown)
    ? new Error('MongoDB refuses the user or the password in MONGODB_URL.')
    : thrown
  return new RecadoError('unavailable', 'The message store is away. Try again in a moment.', { cause })
}

function isOfDocument(thrown: unknown): boolean {
  if (thrown instanceof RefusedDocument) return documentCodes.has(thrown.code)
  if (thrown instanceof MongoBulkWriteError && [thrown.writeErrors].flat().length > 0)
    return documentCodes.has(thrown.code)
  if (thrown instanceof MongoServerError) return commandCodes.has(thrown.code)
  return mistakes.some((mistake) => thrown instanceof mistake)
}

/** Also where it is the reason that no server could be chosen. */
function isAccess(thrown: unknown): boolean {
  if (thrown instanceof MongoServerError && accessCodes.has(thrown.code)) return true
  return thrown instanceof Error && thrown.cause !== undefined && isAccess(thrown.cause)
}
