import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { freshDataDir, type Fresh } from '../support/adapters.js'
import { eventually, makeServer, signUp, type Person } from '../support/chat.js'
import { startEmbedded, type RunningServer } from '../support/products/programs.js'

/** `examples/chat.mjs`, run by somebody at a terminal. */
class Terminal {
  /** What was said in the channel, line by line. */
  said = ''
  /** What it told of itself. */
  told = ''
  readonly exited: Promise<unknown>
  readonly #process: ChildProcessWithoutNullStreams

  constructor(url: string, token: string, channelId: string) {
    this.#process = spawn(process.execPath, ['examples/chat.mjs', token, channelId, url])
    this.#process.stdout.on('data', (bytes: Buffer) => (this.said += bytes.toString()))
    this.#process.stderr.on('data', (bytes: Buffer) => (this.told += bytes.toString()))
    this.exited = once(this.#process, 'exit').then(([code]) => code as unknown)
  }

  get lines(): string[] {
    return this.said.split('\n').slice(0, -1)
  }

  type(...lines: string[]): void {
    for (const line of lines) this.#process.stdin.write(`${line}\n`)
  }

  /** Waits until it has told this of itself. */
  async tells(text: string): Promise<void> {
    await eventually(() => Promise.resolve(this.told.includes(text)), 60_000)
  }

  /** Ends what is typed; resolves with the exit code. */
  async end(): Promise<unknown> {
    this.#process.stdin.end()
    return this.exited
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

let folder: Fresh<string>
let server: RunningServer
let ana: Person
let rui: Person
let place: { serverId: string; channelId: string }
const open: Terminal[] = []

beforeAll(async () => {
  folder = await freshDataDir()
  server = await startEmbedded({ dataDir: folder.value })
  ana = await signUp(server.url)
  rui = await signUp(server.url)
  place = await makeServer(ana, [rui])
})
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill()
})
afterAll(async () => {
  await server?.stop()
  await folder?.drop()
})

const terminal = async (token: string) => {
  const opened = new Terminal(server.url, token, place.channelId)
  open.push(opened)
  await opened.tells('*')
  return opened
}

it('loses and doubles no line of two people while the product is killed, and shows both the same', async () => {
  const [a, r] = [await terminal(ana.token), await terminal(rui.token)]
  const typed = { ana: numbered('ana', 120), rui: numbered('rui', 120) }

  a.type(...typed.ana.slice(0, 60))
  r.type(...typed.rui.slice(0, 60))
  await eventually(() => Promise.resolve(r.lines.length >= 10), 60_000)
  process.kill(server.pids.embedded ?? 0, 'SIGKILL')
  await Promise.all([a.tells('cut off'), r.tells('cut off')])
  a.type(...typed.ana.slice(60))
  await server.stop()
  server = await startEmbedded({ dataDir: folder.value, env: server.env })
  r.type(...typed.rui.slice(60))
  await Promise.all([a.tells('back'), r.tells('back')])
  await eventually(() => Promise.resolve(a.lines.length >= 240 && r.lines.length >= 240), 60_000)

  const by = (name: string) =>
    a.lines.map((line) => line.split(': ')[1] ?? '').filter((text) => text.startsWith(name))
  expect(by('ana')).toEqual(typed.ana)
  expect(by('rui')).toEqual(typed.rui)
  expect(r.lines).toEqual(a.lines)
  expect(await Promise.all([a.end(), r.end()])).toEqual([0, 0])
})

it('says what is refused, goes on with the next line, and stores all before it ends', async () => {
  await ana.call('PUT', `/servers/${place.serverId}/moderation`, { blocked_words: ['rutabaga'] })
  const [a, r] = [await terminal(ana.token), await terminal(rui.token)]

  a.type('one', 'a rutabaga', 'two')

  expect(await a.end()).toBe(0)
  expect(a.told).toMatch(/refused: .*blocked_words/)
  await eventually(() => Promise.resolve(r.lines.length === 2), 60_000)
  expect(r.lines.map((line) => line.split(': ')[1])).toEqual(['one', 'two'])
})

it('says that it is refused and ends: by a wrong token, as no member, and when the right is lost', async () => {
  const eve = await signUp(server.url)
  const r = await terminal(rui.token)

  expect(await (await terminal('nonsense')).exited).toBe(1)
  const stranger = await terminal(eve.token)
  expect(await stranger.exited).toBe(1)
  expect(stranger.told).toMatch(/refused/)
  await ana.call('DELETE', `/servers/${place.serverId}/members/${rui.id}`)
  expect(await r.exited).toBe(1)
  expect(r.told).toMatch(/closed to you/)
})

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`)
}
