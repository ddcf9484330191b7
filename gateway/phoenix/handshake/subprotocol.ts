/** What the Sec-WebSocket-Protocol header of a request says. */
export type Offer = {
  /** What to select in the answer; undefined selects none. */
  selected: 'phoenix' | undefined
  /** The client's `authToken`, decoded; undefined when it offered none, or more than one. */
  token: string | undefined
}

const TOKEN_PREFIX = 'base64url.bearer.phx.'

/** Standard or URL-safe alphabet, without padding. A length of 4n + 1 is no base64. */
const base64Pattern = /^[A-Za-z0-9+/_-]*$/

/**
 * Reads the header: `phoenix` is selected when offered, and one entry `base64url.bearer.phx.<base64 of the token>` carries
 * the token, which is never repeated to the client. Undefined, for a refusal (403): only foreign subprotocols are
 * offered, or the token is not base64.
 */
export function readOffer(header: string | undefined): Offer | undefined {
  const offered = header === undefined ? [] : header.split(',').map((entry) => entry.trim())
  const tokens = offered.filter((entry) => entry.startsWith(TOKEN_PREFIX))
  const others = tokens.length === 1 ? offered.filter((entry) => entry !== tokens[0]) : offered
  const selected = others.includes('phoenix') ? 'phoenix' : undefined
  if (others.length > 0 && selected === undefined) return undefined
  if (tokens.length !== 1) return { selected, token: undefined }
  const token = decodeToken(tokens[0]!.slice(TOKEN_PREFIX.length))
  return token === undefined ? undefined : { selected, token }
}

/** Clients encode with `btoa`, whose bytes are Latin-1. */
function decodeToken(encoded: string): string | undefined {
  if (!base64Pattern.test(encoded) || encoded.length % 4 === 1) return undefined
  return Buffer.from(encoded, 'base64').toString('latin1')
}
