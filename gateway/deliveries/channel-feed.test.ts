import { expect, it } from 'vitest'
import type { Event } from '../../gen/recado/v1/types.js'
import { createLog } from '../../lib/log.js'
import { ChannelFeed } from './channel-feed.js'

const log = createLog({ level: 'silent', program: 'test' })

function setUp(history: number[] = []) {
  const seen: number[] = []
  const asked: number[] = []
  const feed = new ChannelFeed({
    channelId: 'c',
    read: (_, since, limit) => {
      asked.push(since)
      const events = history.filter((seq) => seq > since).slice(0, limit)
      return Promise.resolve({ events: events.map(event), head: { epoch: 'e', seq: history.at(-1) ?? 0 } })
    },
    onEvent: () => undefined,
    subscriber: { receive: ({ seq }) => void seen.push(seq) },
    log,
  })
  return { feed, seen, asked, history }
}

function event(seq: number): Event {
  return { id: `id-${seq}`, channelId: 'c', seq, count: seq, attempt: '', epoch: 'e', what: undefined }
}

it('keeps what comes before its first head waiting, and drops what that head includes', () => {
  const { feed, seen } = setUp()

  for (const seq of [4, 5, 6]) feed.receive(event(seq))
  expect(seen).toEqual([])
  feed.begin({ epoch: 'e', seq: 5 })

  expect(seen).toEqual([6])
  expect(feed.head).toEqual({ epoch: 'e', seq: 6 })
})

it('begins once: a later head does not move it', () => {
  const { feed, seen } = setUp()
  feed.begin({ epoch: 'e', seq: 0 })

  feed.begin({ epoch: 'e', seq: 9 })
  feed.receive(event(1))

  expect(seen).toEqual([1])
})

it('drops what is behind', () => {
  const { feed, seen } = setUp()
  feed.begin({ epoch: 'e', seq: 0 })

  for (const seq of [1, 2, 1, 2, 3]) feed.receive(event(seq))

  expect(seen).toEqual([1, 2, 3])
})

it('holds what is ahead and reads what is missing', async () => {
  const { feed, seen, asked } = setUp([1, 2, 3, 4, 5])
  feed.begin({ epoch: 'e', seq: 0 })
  feed.receive(event(1))

  feed.receive(event(4))
  feed.receive(event(5))
  expect(seen).toEqual([1])

  await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5])
  expect(asked).toEqual([1])
})

it('delivers each once when a frame brings what a repair reads', async () => {
  const { feed, seen } = setUp([1, 2, 3])
  feed.begin({ epoch: 'e', seq: 0 })

  const repaired = feed.repair(3)
  feed.receive(event(1))
  feed.receive(event(2))
  await repaired
  feed.receive(event(3))

  expect(seen).toEqual([1, 2, 3])
})

it('repairs a gap that opens while another one is read', async () => {
  const { feed, seen, history } = setUp([1, 2])
  feed.begin({ epoch: 'e', seq: 0 })

  feed.receive(event(2))
  history.push(3, 4, 5)
  feed.receive(event(5))

  await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5])
})

it('reaches a head from history when no frame brings it in time', async () => {
  const { feed, seen } = setUp([1, 2])
  feed.begin({ epoch: 'e', seq: 0 })

  await feed.reach(2, new AbortController().signal)

  expect(seen).toEqual([1, 2])
})

it('delivers nothing once it is closed', () => {
  const { feed, seen } = setUp()
  feed.begin({ epoch: 'e', seq: 0 })

  feed.close()
  feed.receive(event(1))

  expect(seen).toEqual([])
})
