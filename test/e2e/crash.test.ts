import { afterEach, expect, it } from 'vitest'
import { startEmbedded, type RunningServer } from '../support/products/programs.js'
import { freshDataDir, type Fresh } from '../support/adapters.js'
import { connect, eventually, join, makeServer, push, signUp } from '../support/chat.js'

const started: RunningServer[] = []
let folder: Fresh<string> | undefined

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
  await folder?.drop()
})

const start = async (dataDir: string) => {
  const server = await startEmbedded({ dataDir })
  started.push(server)
  return server
}

it('keeps everything that it accepted when the embedded product is killed, in order and once', async () => {
  folder = await freshDataDir()
  const first = await start(folder.value)
  const ana = await signUp(first.url)
  const { channelId } = await makeServer(ana)
  const socket = ana.connect()
  const { inbox } = await join(socket, `channel:${channelId}`)
  const accepted: string[] = []
  const sends = Array.from({ length: 2_000 }, (_, index) =>
    push(inbox, 'message:send', { content: `m${index}`, nonce: `n${index}` }).then(
      () => accepted.push(`m${index}`),
      () => undefined,
    ),
  )

  await inbox.have('message:ack', 200)
  process.kill(first.pids.embedded ?? 0, 'SIGKILL')
  socket.disconnect()
  const acked = inbox.of('message:ack').map(({ nonce, seq }) => [nonce, seq])
  const second = await start(folder.value)

  const messages = await eventually(async () => {
    const found = await readAll(second.url, ana.token, channelId)
    return found.length >= accepted.length && found
  })
  const contents = messages.map(({ content }) => content)
  const seqOf = new Map(messages.map(({ nonce, seq }) => [nonce, seq]))
  expect(accepted.length).toBeGreaterThanOrEqual(200)
  expect(accepted.filter((content) => !contents.includes(content))).toEqual([])
  expect(acked.filter(([nonce, seq]) => seqOf.get(nonce as string) !== seq)).toEqual([])
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1))
  expect(contents).toEqual(Array.from({ length: contents.length }, (_, index) => `m${index}`))
  expect(new Set(contents).size).toBe(contents.length)

  const again = await join(connect(second.url, ana.token), `channel:${channelId}`)
  await push(again.inbox, 'message:send', { content: 'm0', nonce: 'n0' })
  const [ack] = await again.inbox.have('message:ack', 1)
  again.inbox.disconnect()
  expect(ack).toMatchObject({ seq: 1, duplicate: true })
  void sends
})

type Stored = { content: string; nonce: string; seq: number }

async function readAll(url: string, token: string, channelId: string): Promise<Stored[]> {
  const all: Stored[] = []
  for (;;) {
    const path = `/history?channel_id=${channelId}&after=${all.at(-1)?.seq ?? 0}&limit=100`
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const { messages, has_more: hasMore } = (await response.json()) as {
      messages: Stored[]
      has_more: boolean
    }
    all.push(...messages)
    if (!hasMore) return all
  }
}
