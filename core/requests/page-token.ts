import { createHash } from 'node:crypto'
import { isId } from '../../contract/ids.js'
import { RecadoError } from '../../lib/errors.js'

/** A part of a list, and the token that asks for the rest; empty on the last page. */
export type Page<T> = { items: T[]; nextPageToken: string }

/** Where a page begins: after this id. Undefined for the first page. */
export type PageStart = string | undefined

/** Bytes of the proof of what a token belongs to. It guards against mistakes, not against a forger: rights are checked on every page. */
const PROOF_BYTES = 8

/** The tokens of one list: they ask for more of this list alone. */
export class PageTokens {
  readonly #list: string

  /** `list` is all that makes the list what it is, but for where a page begins and how long it is: the call, the user, the parameters. */
  constructor(...list: string[]) {
    this.#list = JSON.stringify(list)
  }

  /**
   * Reads a page token.
   * @throws `invalid_argument` for one that is not of this list.
   */
  toStart(token: string): PageStart {
    if (token === '') return undefined
    const id = Buffer.from(token, 'base64url').subarray(PROOF_BYTES).toString()
    if (isId(id) && this.toToken(id) === token) return id
    throw new RecadoError(
      'invalid_argument',
      'The page token is not of this list. Begin again with the first page.',
      {
        reason: 'PAGE_TOKEN_INVALID',
        details: { page_token: 'must be the `next_page_token` of the previous page of the same list' },
      },
    )
  }

  /** Makes a page of the `size` first of what was read: its token is empty where there was no more. */
  toPage<T>(read: readonly T[], size: number, idOf: (item: T) => string): Page<T> {
    const items = read.slice(0, size)
    const last = items.at(-1)
    const nextPageToken = read.length > size && last !== undefined ? this.toToken(idOf(last)) : ''
    return { items, nextPageToken }
  }

  /** Makes the token of a page that begins after this id. */
  toToken(id: string): string {
    const proof = createHash('sha256').update(this.#list).update('\0').update(id).digest()
    return Buffer.concat([proof.subarray(0, PROOF_BYTES), Buffer.from(id)]).toString('base64url')
  }
}
