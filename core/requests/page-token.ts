import { RecadoError } from '../../lib/errors.js'
import { isId } from '../../contract/ids.js'

/** A part of a list, and the token that asks for the rest; empty on the last page. */
export type Page<T> = { items: T[]; nextPageToken: string }

/** Where a page begins: after this id. Undefined for the first page. */
export type PageStart = string | undefined

/**
 * Reads a page token.
 * @throws `invalid_argument` for one that was not made by {@link toPage}.
 */
export function toPageStart(token: string): PageStart {
  if (token === '') return undefined
  const id = Buffer.from(token, 'base64url').toString()
  if (!isId(id) || encode(id) !== token) {
    throw new RecadoError(
      'invalid_argument',
      'The page token is not one of ours. Begin again with the first page.',
      {
        details: { page_token: 'must be the `next_page_token` of the previous page' },
      },
    )
  }
  return id
}

/** Makes a page of at most `size` from what was read: the query must ask for one more than that. */
export function toPage<T>(read: readonly T[], size: number, idOf: (item: T) => string): Page<T> {
  const items = read.slice(0, size)
  const last = items.at(-1)
  const nextPageToken = read.length > size && last !== undefined ? encode(idOf(last)) : ''
  return { items, nextPageToken }
}

function encode(id: string): string {
  return Buffer.from(id).toString('base64url')
}
