import { describe, expect, it, onTestFinished } from 'vitest'
import { isOwnFault } from '../../contract/faults.js'
import { Message, type Event } from '../../gen/recado/v1/types.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { freshMongoUrl, runs } from '../support/adapters.js'
import { FaultProxy } from '../support/fault-proxy.js'

describe.runIf(runs('full', 'MONGODB_URL'))(
  'history: mongo, beyond what the port says',
  { timeout: 60_000 },
  tests,
)

function tests() {
  it('serves a second process on the same log', async () => {
    const url = await freshMongoUrl()
    const [first, second] = [openMongoHistory({ url: url.value }), openMongoHistory({ url: url.value })]
    onTestFinished(async () => {
      await Promise.all([first.close(), second.close()])
      await url.drop()
    })

    await first.append([event('first', 1)])

    expect(await second.latest('c', 2)).toMatchObject([{ seq: 1, count: 1 }])
  })

  it('blames an event that is too large for it, and goes on', async () => {
    const url = await freshMongoUrl()
    const history = openMongoHistory({ url: url.value })
    onTestFinished(async () => {
      await history.close()
      await url.drop()
    })

    const fault = await history
      .append([event('huge', 1, 'x'.repeat(17_000_000))])
      .catch((error: unknown) => error)

    expect(isOwnFault(fault)).toBe(true)
    expect(await history.append([event('small', 1)])).toEqual({ stored: 'all' })
  })

  it('rejects with unavailable, and goes on by itself when it is back', async () => {
    const url = await freshMongoUrl()
    const { proxy, url: way } = await FaultProxy.before(url.value)
    const history = openMongoHistory({ url: way })
    onTestFinished(async () => {
      await history.close()
      await proxy.close()
      await url.drop()
    })
    await history.append([event('first', 1)])

    proxy.goAway()

    const unavailable = { code: 'unavailable', retryable: true }
    await Promise.all([
      expect(history.append([event('second', 2)])).rejects.toMatchObject(unavailable),
      expect(history.endsPast([{ channelId: 'c', seq: 0 }])).rejects.toMatchObject(unavailable),
      expect(history.ping()).rejects.toMatchObject(unavailable),
    ])

    proxy.comeBack()

    expect(await history.append([event('third', 2)])).toEqual({ stored: 'all' })
    expect(await history.latest('c', 1)).toMatchObject([{ seq: 2, count: 2 }])
  })
}

function event(id: string, seq: number, content = 't'): Event {
  const value = Message.fromPartial({ id, channelId: 'c', senderId: 's', content, seq, count: seq })
  return { id, channelId: 'c', seq, count: seq, attempt: 'a', epoch: 'e', what: { $case: 'message', value } }
}
