import { Tape } from './tape.js'

/** Where the probes go: `ws://127.0.0.1:PORT`. */
type Probe = (url: string) => Promise<string[]>

const V2 = '/socket/websocket?vsn=2.0.0'
const join = (topic: string): string => JSON.stringify(['1', '1', topic, 'phx_join', {}])

/** Where a section that is played back connects. */
function pathOf(title: string): string {
  if (/^v1/i.test(title)) return '/socket/websocket?vsn=1.0.0'
  if (title === 'limit') return '/limit/websocket?vsn=2.0.0'
  return title === 'disconnect broadcast' ? `${V2}&user_id=77` : V2
}

/** Plays what a group sends, line by line, one connection for each section. `lines` say how many answers to wait for, not which. */
export async function playBack(url: string, lines: readonly string[]): Promise<string[]> {
  const heard: string[] = []
  const starts = lines.flatMap((line, at) => (line.startsWith('### ') || line === '###' ? [at] : []))
  for (const [n, start] of starts.entries()) {
    const [header, ...steps] = lines.slice(start, starts[n + 1])
    using tape = await Tape.open(url + pathOf(header!.slice(4)))
    for (const [at, step] of steps.entries()) {
      if (!step.startsWith('> ')) continue
      const next = steps.findIndex((line, later) => later > at && line.startsWith('> '))
      tape.send(step.slice(2))
      await tape.hear((next < 0 ? steps.length : next) - at - 1)
    }
    heard.push(header!, ...tape.lines)
  }
  return heard
}

const versions = ['/socket/websocket?vsn=2.0.0', '/socket/websocket', '/socket/websocket?vsn=1.0.0']
  .concat(['2.0.7', '2.1.0', '3.0.0', 'abc', '2'].map((vsn) => `/socket/websocket?vsn=${vsn}`))
  .concat(['/socket/websocket?vsn[]=2.0.0', '/socket/websocket?vsn=', `${V2}&reject=true`])
  .concat(['/socket?vsn=2.0.0', '/socket/websocket/?vsn=2.0.0'])
const origins = [undefined, 'http://localhost', 'http://localhost:9999', 'https://localhost'].concat([
  'http://evil.com',
  'null',
  'file://',
])
const AUTH = '/auth/websocket?vsn=2.0.0'
const TOKEN = 'base64url.bearer.phx.'
const offers: [path: string, offered: string[] | undefined][] = [
  [AUTH, ['phoenix', `${TOKEN}dG9rMTIz`]],
  [AUTH, undefined],
  [AUTH, [`${TOKEN}dG9r`]],
  [AUTH, ['other']],
  [AUTH, ['phoenix']],
  [AUTH, ['phoenix', `${TOKEN}a`]],
  [V2, ['phoenix', `${TOKEN}dG9r`]],
]

/** The groups whose probes are more than frames sent one behind the other. */
export const probes: Readonly<Record<string, Probe>> = {
  async connect_variants(url) {
    const lines: string[] = []
    for (const path of versions) {
      using tape = await Tape.open(url + path)
      lines.push(tape.isOpen ? `${path.padEnd(45)} OPEN` : `${path.padEnd(45)} NOTOPEN | ${tape.lines[0]}`)
    }
    for (const origin of origins) {
      using tape = await Tape.open(url + V2, undefined, origin === undefined ? {} : { origin })
      lines.push(`Origin ${origin} ${tape.isOpen ? 'OPEN' : tape.lines[0]}`)
    }
    for (const [path, offered] of offers) {
      using tape = await Tape.open(url + path, offered)
      const what = tape.isOpen ? `OPEN proto=${JSON.stringify(tape.ws.protocol)}` : tape.lines[0]
      lines.push(`Subproto ${path} ${JSON.stringify(offered)} ${what}`)
    }
    return lines
  },

  async http(url) {
    const at = url.replace('ws', 'http') + V2
    const [get, post] = [await fetch(at), await fetch(at, { method: 'POST' })]
    return [`plain GET ${get.status} `, `POST ${post.status} `]
  },

  async idle(url) {
    const short = `${url}/short/websocket?vsn=2.0.0`
    using silent = await Tape.open(short)
    silent.send('[null,"1","phoenix","heartbeat",{}]')
    using pinging = await Tape.open(short)
    const pings = setInterval(() => pinging.ws.ping(), 20)
    await silent.closed()

    using listener = await Tape.open(short)
    using sender = await Tape.open(url + V2)
    for (const tape of [listener, sender]) tape.send(join('room:idle'))
    await Promise.all([listener.hear(2), sender.hear(2)])
    const shouts = setInterval(() => sender.ws.send('["1","9","room:idle","shout",{"k":1}]'), 20)
    await listener.closed()

    clearInterval(pings)
    clearInterval(shouts)
    return [
      ...['### idle 1500', ...silent.lines, 'closed after ms 0'],
      ...['### idle with ws pings', ...pinging.lines, `still open: ${pinging.isOpen}`],
      ...['### idle outbound only', ...listener.lines, 'with outbound traffic only, closed after: 0'],
    ]
  },

  async frames(url) {
    using large = await Tape.open(`${url}/maxframe/websocket?vsn=2.0.0`)
    large.send(join('room:x'))
    await large.hear(2)
    large.send(`["1","2","room:x","echo",{"d":"${'x'.repeat(1_500)}"}]`)
    await large.closed()
    using compressed = await Tape.open(`${url}/compress/websocket?vsn=2.0.0`)
    compressed.send(join('room:x'))
    await compressed.hear(2)
    using plain = await Tape.open(url + V2)
    plain.ws.ping('hi')
    await plain.hear(1)
    plain.ws.close(1000, 'bye')
    await plain.closed()
    using huge = await Tape.open(url + V2)
    huge.send(join('room:big'))
    await huge.hear(2)
    huge.ws.send(`["1","2","room:big","okonly",{"d":"${'x'.repeat(9_000_000)}"}]`)
    await huge.closed()
    using own = await Tape.open(url + V2)
    own.ws.close(4001, 'bye')
    using bare = await Tape.open(url + V2)
    bare.ws.close()
    await Promise.all([own.closed(), bare.closed()])
    return [
      ...['### max_frame_size exceeded', ...large.lines, `compress ext: ${compressed.ws.extensions}`],
      ...['### compress on', ...compressed.lines, `default ext: ${JSON.stringify(plain.ws.extensions)}`],
      ...['### client ping+close 1000', ...plain.lines],
      ...['### 9MB message', ...huge.lines],
      ...['### client close 4001', ...own.lines, '### client close no code', ...bare.lines],
    ]
  },
}
