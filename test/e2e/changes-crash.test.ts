import { readFile } from 'node:fs/promises'
import { join as inFolder } from 'node:path'
import { expect, it } from 'vitest'
import { foldMessages } from '../../contract/folding.js'
import { HistoryServiceClient } from '../../gen/recado/v1/history_service.js'
import type { Event } from '../../gen/recado/v1/types.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { toMessageJson } from '../../gateway/message-json.js'
import { startServer, type RunningServer } from '../support/products/programs.js'
import { makeServer, profiles, signUp, type Person } from '../support/chat.js'

/** A change that is asked for until it is stored. */
type Ask = { by: Person; method: string; path: string; nonce: string; body?: object }

it.each(profiles)(
  'changes are made once, and whole, when programs are killed in the middle: %s',
  async (profile) => {
    const server = await startServer(profile)
    try {
      const [ana, rui] = [await signUp(server.url), await signUp(server.url)]
      const { channelId } = await makeServer(ana, [rui])
      const ids: string[] = []
      for (const text of ['one', 'two', 'three', 'four']) ids.push(await write(ana, channelId, text))
      const asks = toAsks(ids, { channelId, ana, rui })
      let done = 0
      const storm = Promise.all(asks.map((ask) => insist(ask).then(() => (done += 1))))
      for (const name of victims(server)) {
        await until(() => done >= 20)
        process.kill(server.pids[name] ?? 0, 'SIGKILL')
        await server.restart(name)
      }
      await storm

      const events = await readEvents(server, channelId)
      const { body } = await rui.call('GET', `/history?channel_id=${channelId}`)
      const { messages } = body as unknown as {
        messages: { id: string; content: string; deleted_at?: string }[]
      }
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      // Four messages, ten edits of each of three, ten reactions of two to each of three, and a deletion.
      expect(countKinds(events)).toEqual({
        message: 4,
        messageUpdated: 30,
        reactionAdded: 60,
        messageDeleted: 1,
      })
      const folded = foldMessages(events).map(
        (message) => JSON.parse(JSON.stringify(toMessageJson(message))) as object,
      )
      expect(messages).toEqual(folded)
      expect(messages.filter(({ deleted_at }) => deleted_at !== undefined).map(({ id }) => id)).toEqual([
        ids[3],
      ])
      expect(JSON.stringify(events)).not.toContain('four')
      expect(messages.map(({ content }) => content)).toEqual([
        expect.stringMatching(/^text \d$/),
        expect.stringMatching(/^text \d$/),
        expect.stringMatching(/^text \d$/),
        '',
      ])
    } finally {
      await server.stop()
    }
  },
)

async function write(by: Person, channelId: string, content: string): Promise<string> {
  const { body } = await by.call('POST', '/messages', { channel_id: channelId, content })
  return (body as unknown as { message: { id: string } }).message.id
}

function toAsks(
  ids: readonly string[],
  { channelId, ana, rui }: { channelId: string; ana: Person; rui: Person },
): Ask[] {
  const path = (id: string | undefined) => `/channels/${channelId}/messages/${id}`
  const numbers = Array.from({ length: 10 }, (_, index) => index)
  const changes = numbers.flatMap((number) =>
    ids.slice(0, 3).flatMap((id): Ask[] => [
      {
        by: ana,
        method: 'PATCH',
        path: path(id),
        nonce: `${id} ${number}`,
        body: { content: `text ${number}` },
      },
      ...[ana, rui].map((by) => ({
        by,
        method: 'PUT',
        path: `${path(id)}/reactions/:${number}:`,
        nonce: `${id} ${number}`,
      })),
    ]),
  )
  return [...changes, { by: ana, method: 'DELETE', path: path(ids[3]), nonce: 'gone' }]
}

/** Asks until it is stored. */
async function insist({ by, method, path, nonce, body }: Ask): Promise<void> {
  const key = encodeURIComponent(nonce)
  for (;;) {
    const asking = body ? by.call(method, path, { ...body, nonce }) : by.call(method, `${path}?nonce=${key}`)
    const answer = await asking.catch(() => undefined)
    if (answer?.status === 200) return
    if (answer && answer.status < 500 && ![202, 429].includes(answer.status))
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What is killed, one after another: the consumer and core, or all in one. */
function victims({ pids }: RunningServer): string[] {
  const names = Object.keys(pids)
  const found = ['consumer', 'core'].flatMap((part) => names.find((name) => name.startsWith(part)) ?? [])
  return found.length > 0 ? found : names
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function readEvents({ env }: RunningServer, channelId: string): Promise<Event[]> {
  const { RECADO_CORE_URLS, RECADO_CORE_PORT, RECADO_SERVICE_TOKEN, RECADO_DATA_DIR = '' } = env
  const serviceToken =
    RECADO_SERVICE_TOKEN ?? (await readFile(inFolder(RECADO_DATA_DIR, 'service-token'), 'utf8')).trim()
  const addresses = RECADO_CORE_URLS?.split(',') ?? [`127.0.0.1:${RECADO_CORE_PORT}`]
  const history = new GrpcClients(HistoryServiceClient, { addresses, serviceToken, tls: undefined })
  try {
    const asked = { channelId, since: 0, limit: 0 }
    return (await history.call((client) => client.listEvents, asked)).events
  } finally {
    history.close()
  }
}

function countKinds(events: readonly Event[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { what } of events) counts[what?.$case ?? '?'] = (counts[what?.$case ?? '?'] ?? 0) + 1
  return counts
}
