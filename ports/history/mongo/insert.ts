import { BSON, MongoServerError, type Collection, type Document, type WriteConcernSettings } from 'mongodb'
import { DOCUMENT_TOO_LARGE, DUPLICATE_KEY, RefusedDocument } from './mongo-faults.js'

/** Documents of one insert. A server that splits a longer one by itself may go on behind a refusal: FerretDB 1.24 does, at 100. */
const MAX_DOCUMENTS = 100

/** A command has one document more than the largest that is stored. */
const MAX_BYTES = 16 * 1024 * 1024

/** What the server answers to an insert. */
type InsertReply = {
  writeErrors?: readonly { index: number; code: number; errmsg?: string }[]
  writeConcernError?: Document
}

/**
 * Inserts documents in their order, with all the durability that `writeConcern` asks for. Resolves with the place of the first one
 * whose key is taken, which ends the insert; undefined when all are there.
 *
 * They go as plain commands: the driver's `insertMany` measures each document to the byte first, which takes as long as to write it.
 * @throws `RefusedDocument`, and what the driver throws.
 */
export async function insertInOrder<T extends Document>(
  collection: Collection<T>,
  documents: readonly T[],
  writeConcern: WriteConcernSettings,
): Promise<number | undefined> {
  let from = 0
  for (const part of toParts(documents)) {
    const command = { insert: collection.collectionName, documents: part, ordered: true, writeConcern }
    const reply: InsertReply = await collection.db.command(command, { ignoreUndefined: true })
    const refused = findRefused(reply)
    if (refused !== undefined) return from + refused
    from += part.length
  }
  return undefined
}

function findRefused({ writeErrors = [], writeConcernError }: InsertReply): number | undefined {
  // What came before the refusal may not be durable then, so nothing is known.
  if (writeConcernError) throw new MongoServerError(writeConcernError)
  const [refused] = writeErrors
  if (refused && refused.code !== DUPLICATE_KEY) throw new RefusedDocument(refused.code, refused.errmsg)
  return refused?.index
}

function toParts<T extends Document>(documents: readonly T[]): T[][] {
  const parts: T[][] = []
  let bytes = Infinity
  for (const document of documents) {
    const size = boundOf(document)
    bytes += size
    if (bytes > MAX_BYTES || parts.at(-1)?.length === MAX_DOCUMENTS) {
      parts.push([])
      bytes = size
    }
    parts.at(-1)?.push(document)
  }
  return parts
}

/** The most bytes that a document can take; of one that may be too large, those that it does take. */
function boundOf(document: Document): number {
  let bytes = 1_024
  for (const value of Object.values(document)) bytes += boundOfValue(value)
  if (bytes <= MAX_BYTES) return bytes
  const exact = BSON.calculateObjectSize(document, measured)
  if (exact > MAX_BYTES) throw new RefusedDocument(DOCUMENT_TOO_LARGE, 'It has more than 16 MiB.')
  return exact
}

/** Numbers and dates are in what each document has beside its values. */
function boundOfValue(value: unknown): number {
  if (typeof value === 'string') return 3 * value.length
  return value instanceof Object && !(value instanceof Date) ? BSON.calculateObjectSize(value, measured) : 0
}

const measured = { ignoreUndefined: true }
