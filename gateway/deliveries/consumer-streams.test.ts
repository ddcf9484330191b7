import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type {
  StreamDeliveriesRequest,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import { messageEvent, silentLog } from '../../test/support/gateway-doubles.js'
import type { DeliveryStream } from './consumer-stream.js'
import { ConsumerStreams } from './consumer-streams.js'

/** The gateway's end of a gRPC stream. */
class Wire extends EventEmitter {
  readonly requests: StreamDeliveriesRequest[] = []
  isCancelled = false

  write(request: StreamDeliveriesRequest): boolean {
    this.requests.push(request)
    return true
  }

  cancel(): void {
    this.isCancelled = true
    this.emit('error', new Error('1 CANCELLED'))
  }

  answer(frame: Partial<StreamDeliveriesResponse>): void {
    this.emit('data', { inForce: '0', events: [], outcomes: [], activity: [], ...frame })
  }

  /** Puts everything that was asked for in force. */
  putInForce(): void {
    this.answer({ inForce: this.requests.at(-1)!.version })
  }
}

function setUp(wanted: string[] = ['a']) {
  const told: string[] = []
  const wires: Wire[] = []
  const streams = new ConsumerStreams({
    origin: 'gateway-1',
    interest: () => wanted,
    onFrame: ({ events }) => told.push(...events.map(({ id }) => id)),
    onInForce: () => told.push('in force'),
    onLost: () => told.push('lost'),
    log: silentLog,
  })
  const open = (): DeliveryStream => {
    const wire = new Wire()
    wires.push(wire)
    return wire as unknown as DeliveryStream
  }
  return { streams, open, wires, told }
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks for the whole interest, and is live once it is in force', async () => {
  const { streams, open, wires, told } = setUp()
  streams.add('one', open)
  expect(streams.isLive).toBe(false)
  expect(wires[0]!.requests).toEqual([
    { origin: 'gateway-1', activity: true, version: '1', addChannelIds: ['a'], removeChannelIds: [] },
  ])

  wires[0]!.putInForce()
  await settled()

  expect(streams.isLive).toBe(true)
  expect(told).toEqual(['in force'])
})

it('names at most 2,000 channels in a request, and is in force with the last', async () => {
  const { streams, open, wires, told } = setUp(Array.from({ length: 4_001 }, (_, at) => `c${at}`))
  streams.add('one', open)
  expect(wires[0]!.requests.map(({ addChannelIds }) => addChannelIds.length)).toEqual([2_000, 2_000, 1])

  wires[0]!.answer({ inForce: '2' })
  await settled()
  expect(told).toEqual([])
  wires[0]!.answer({ inForce: '3' })
  await settled()

  expect(told).toEqual(['in force'])
})

it('opens a lost stream again, with the interest as it is then, and tells of both', async () => {
  const wanted = ['a']
  const { streams, open, wires, told } = setUp(wanted)
  streams.add('one', open)
  wires[0]!.putInForce()
  await settled()

  wires[0]!.emit('end')
  wanted.push('b')
  expect(streams.isLive).toBe(false)
  await vi.advanceTimersByTimeAsync(100)
  wires[1]!.putInForce()
  await settled()

  expect(told).toEqual(['in force', 'lost', 'in force'])
  expect(wires[1]!.requests[0]!.addChannelIds).toEqual(['a', 'b'])
})

it('tries a consumer that is away again after ever longer pauses, and counts no loss of what never was', async () => {
  const { streams, open, wires, told } = setUp()
  streams.add('one', open)

  for (let n = 0; n < 100; n++) {
    wires.at(-1)!.emit('error', new Error('14 UNAVAILABLE'))
    await vi.advanceTimersByTimeAsync(100)
  }

  expect(wires.length).toBeLessThan(30)
  expect(told).toEqual([])
})

it('begins with short pauses anew once a consumer was heard', async () => {
  const { streams, open, wires } = setUp()
  streams.add('one', open)
  for (let n = 0; n < 10; n++) {
    wires.at(-1)!.emit('error', new Error('14 UNAVAILABLE'))
    await vi.advanceTimersByTimeAsync(1_000)
  }

  wires.at(-1)!.putInForce()
  const opened = wires.length
  wires.at(-1)!.emit('error', new Error('14 UNAVAILABLE'))
  await vi.advanceTimersByTimeAsync(50)

  expect(wires).toHaveLength(opened + 1)
})

it('ends a stream that puts nothing in force within a second, and holds up no one', async () => {
  const { streams, open, wires } = setUp()
  streams.add('one', open)
  wires[0]!.putInForce()
  await settled()
  const [stream] = [...streams.all()]
  let isReleased = false

  void stream!.change(['b'], []).then(() => (isReleased = true))
  await vi.advanceTimersByTimeAsync(999)
  expect(isReleased).toBe(false)
  await vi.advanceTimersByTimeAsync(1)

  expect(isReleased).toBe(true)
  expect(wires[0]!.isCancelled).toBe(true)
})

it('drops what a lost stream still says', async () => {
  const { streams, open, wires, told } = setUp()
  streams.add('one', open)
  wires[0]!.putInForce()
  wires[0]!.emit('error', new Error('14 UNAVAILABLE'))
  await vi.advanceTimersByTimeAsync(100)

  wires[0]!.answer({ events: [messageEvent('a', 1)] })
  wires[1]!.answer({ events: [messageEvent('a', 2)] })

  expect(told).toContain('a-2')
  expect(told).not.toContain('a-1')
})

it('adds and removes consumers one by one: the others notice nothing', async () => {
  const { streams, open, wires, told } = setUp()
  streams.add('one', open)
  streams.add('two', open)
  streams.add('two', open)
  for (const wire of wires) wire.putInForce()
  await settled()
  expect(wires).toHaveLength(2)

  streams.remove('one')
  await vi.advanceTimersByTimeAsync(5_000)

  expect(wires.map(({ isCancelled }) => isCancelled)).toEqual([true, false])
  expect(wires).toHaveLength(2)
  expect(told).toEqual(['in force', 'in force', 'lost'])
  expect(streams.isLive).toBe(true)
  streams.close()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(wires).toHaveLength(2)
})
