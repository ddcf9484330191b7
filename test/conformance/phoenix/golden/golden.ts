import { readFileSync } from 'node:fs'

/** What Phoenix 1.8.12 answered to the probes: lines by group, as {@link normalise} leaves them. */
export function readGolden(): Map<string, string[]> {
  const text = readFileSync(new URL('phoenix-1.8.12.txt', import.meta.url), 'utf8')
  const groups = text.split(/^=+ /m).slice(1)
  return new Map(
    groups.map((group) => {
      const [name, ...lines] = group.split('\n')
      return [name!, normalise(lines)]
    }),
  )
}

/** Takes out what may differ from run to run: the order of keys, times, bodies of refusals, long runs of `x` and how often a line comes again. */
export function normalise(lines: readonly string[]): string[] {
  const normal = lines.filter((line) => line !== '' && !line.startsWith('-- ')).map(normaliseLine)
  return normal.filter((line, at) => line !== normal[at - 1] || !/shout|PONG/.test(line))
}

function normaliseLine(line: string): string {
  const text = line
    .replace(/(closed after(?: ms)?:?) \d+$/, '$1 N')
    .replace(/(HTTP|GET|POST) (\d{3}).*/, '$1 $2')
    .replace(/x{4}.*|xxx….*/, 'xxx…')
  const json = /^< ([[{].*)$/.exec(text)?.[1]
  return json === undefined ? text : `< ${JSON.stringify(sorted(JSON.parse(json)))}`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]))
}

/** Where this server means to answer otherwise than Phoenix. */
export type Deviation = { group: string; why: string; theirs: readonly string[]; ours: readonly string[] }

export const deviations: readonly Deviation[] = [
  {
    group: 'connect_variants',
    why: 'a token that is no base64 is the client’s fault: 403, not 500',
    theirs: ['Subproto /auth/websocket?vsn=2.0.0 ["phoenix","base64url.bearer.phx.a"] HTTP 500'],
    ours: ['Subproto /auth/websocket?vsn=2.0.0 ["phoenix","base64url.bearer.phx.a"] HTTP 403'],
  },
  {
    group: 'connect_variants',
    why: 'every mount selects `phoenix` where it is offered: without it the client fails the connection',
    theirs: [
      'Subproto /socket/websocket?vsn=2.0.0 ["phoenix","base64url.bearer.phx.dG9r"] ERR Server sent no subprotocol',
    ],
    ours: [
      'Subproto /socket/websocket?vsn=2.0.0 ["phoenix","base64url.bearer.phx.dG9r"] OPEN proto="phoenix"',
    ],
  },
  {
    group: 'v1',
    why: 'version 1 does not say which join a phx_close ends; the client would take it for the new one',
    theirs: ['< {"event":"phx_close","payload":{},"ref":null,"topic":"room:v1"}'],
    ours: [],
  },
  {
    group: 'slow',
    why: 'a join that runs holds up its own topic alone: heartbeats are answered at once',
    theirs: [
      '> [null,"3","room:slow","phx_leave",{}]',
      '< ["1","1","room:slow","phx_reply",{"response":{},"status":"ok"}]',
      '< [null,"2","phoenix","phx_reply",{"response":{},"status":"ok"}]',
    ],
    ours: [
      '< [null,"2","phoenix","phx_reply",{"response":{},"status":"ok"}]',
      '> [null,"3","room:slow","phx_leave",{}]',
      '< ["1","1","room:slow","phx_reply",{"response":{},"status":"ok"}]',
    ],
  },
  {
    group: 'frames',
    why: 'nothing is compressed: it would cost memory for each connection, and a frame is shared by all who get it',
    theirs: ['compress ext: permessage-deflate'],
    ours: ['compress ext: '],
  },
  {
    group: 'frames',
    why: 'a close is echoed with its reason',
    theirs: ['< PONG 6869', 'CLOSE 1000 ""'],
    ours: ['< PONG 6869', 'CLOSE 1000 "bye"'],
  },
  {
    group: 'frames',
    why: 'a client’s close code is echoed, as RFC 6455 says and Phoenix does on Cowboy',
    theirs: ['### client close 4001', 'CLOSE 1000 ""'],
    ours: ['### client close 4001', 'CLOSE 4001 "bye"'],
  },
  {
    group: 'frames',
    why: 'a close without a code is echoed without one, as Phoenix does on Cowboy',
    theirs: ['### client close no code', 'CLOSE 1000 ""'],
    ours: ['### client close no code', 'CLOSE 1005 ""'],
  },
]

/** What this server is to answer: a group's lines with its deviations. Each must apply exactly once. */
export function expectedOf(group: string, golden: readonly string[]): string[] {
  return deviations
    .filter((deviation) => deviation.group === group)
    .reduce(
      (lines, { theirs, ours, why }) => {
        const places = lines.flatMap((_, at) =>
          theirs.every((line, n) => lines[at + n] === line) ? [at] : [],
        )
        if (places.length !== 1) throw new Error(`Phoenix's side is there ${places.length} times: ${why}`)
        return [...lines.slice(0, places[0]), ...ours, ...lines.slice(places[0]! + theirs.length)]
      },
      [...golden],
    )
}
