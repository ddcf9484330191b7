/**
 * Which pages may connect or call, by the Origin header that browsers send. A request without one (a native client) always may.
 *
 * - `host` (the default choice): the origin's host is that of the request's own Host header, or both are names of the machine itself
 *   (`localhost`, `127.0.0.1`, `[::1]`); scheme and port do not count.
 * - `any`: no check.
 * - a list: the origin matches an entry such as `https://a.com`, `//a.com`, `//a.com:888` or `//*.a.com`. What an entry
 *   leaves out matches anything, but a scheme without a port means its default port; `*.a.com` also matches `a.com`.
 */
export type OriginRule = 'host' | 'any' | readonly string[]

/** Says whether a page of this origin may connect to or call this host, given the two headers. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean

/**
 * Compiles a rule. Hosts are compared with their case, as Phoenix does; browsers send lower case.
 *
 * @throws Error when an entry of a list has no host.
 */
export function toOriginCheck(rule: OriginRule): OriginCheck {
  if (rule === 'any') return () => true
  if (rule === 'host') return (origin, host) => origin === undefined || isOwnHost(origin, host)
  const entries = rule.map(parseEntry)
  return (origin) => origin === undefined || isListed(origin, entries)
}

/** Whether a text can be an entry of a list. */
export function isOriginEntry(entry: string): boolean {
  return parsePlace(entry) !== undefined
}

type Place = { scheme: string | undefined; host: string; port: string | undefined }

const placePattern = /^(?:([a-z][a-z0-9+.-]*):)?\/\/(\[[^\]]+\]|[^/:?#[\]]+)(?::(\d+))?\/?$/i
const ownNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443', ws: '80', wss: '443' }

function parsePlace(text: string): Place | undefined {
  const match = placePattern.exec(text)
  if (match?.[2] === undefined) return undefined
  const scheme = match[1]
  return { scheme, host: match[2], port: match[3] ?? (scheme && defaultPorts[scheme]) }
}

function parseEntry(entry: string): Place {
  const place = parsePlace(entry)
  if (!place)
    throw new Error(
      `"${entry}" is not an origin: write it as https://example.com, //example.com or //*.example.com`,
    )
  return place
}

function isOwnHost(origin: string, host: string | undefined): boolean {
  const own = host === undefined ? undefined : parsePlace(`//${host}`)?.host
  const theirs = parsePlace(origin)?.host
  if (own === undefined || theirs === undefined) return false
  return own === theirs || (ownNames.has(own) && ownNames.has(theirs))
}

function isListed(origin: string, entries: readonly Place[]): boolean {
  const place = parsePlace(origin)
  return place !== undefined && entries.some((entry) => covers(entry, place))
}

function covers(entry: Place, place: Place): boolean {
  if (entry.scheme !== undefined && entry.scheme !== place.scheme) return false
  if (entry.port !== undefined && entry.port !== place.port) return false
  if (!entry.host.startsWith('*.')) return entry.host === place.host
  return place.host === entry.host.slice(2) || place.host.endsWith(entry.host.slice(1))
}
