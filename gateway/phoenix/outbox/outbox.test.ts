import { Writable, type Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { Flusher } from './flusher.js'
import { Outbox } from './outbox.js'
import { STALL_LOOKS, StallWatch } from './stall-watch.js'

const KIB = 1024
const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A socket whose peer reads when the test says so, in steps of what one write brought. */
class Peer extends Writable {
  readonly received: Buffer[] = []
  isReading = true
  #pending: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received.push(chunk)
    if (this.isReading) done()
    else this.#pending = done
  }

  readOn(): void {
    this.isReading = true
    const done = this.#pending
    this.#pending = undefined
    done?.()
  }

  readOnce(): void {
    const done = this.#pending
    this.#pending = undefined
    done?.()
  }
}

function setUp() {
  const peer = new Peer()
  const stallWatch = new StallWatch(1_024 * KIB)
  const owner = { isWritable: true, stalls: 0, stalled: () => void owner.stalls++ }
  const host = { flusher: new Flusher(), stallWatch, maxBurstBytes: 16 * 1_024 * KIB }
  const outbox = new Outbox(host, peer as unknown as Duplex, owner)
  const look = (times = STALL_LOOKS): void => {
    for (let n = 0; n < times; n++) stallWatch.look()
  }
  const bytesReceived = (): number => peer.received.reduce((sum, { length }) => sum + length, 0)
  return { peer, owner, outbox, look, bytesReceived }
}

const frame = (kib: number, fill = 0): Buffer => Buffer.alloc(kib * KIB, fill)

it('writes what one tick brings in one write', async () => {
  const { peer, outbox } = setUp()

  for (const text of ['a', 'b', 'c']) outbox.add(Buffer.from(text))
  expect(peer.received).toEqual([])
  await nextTick()

  expect(peer.received.map(String)).toEqual(['abc'])
  expect(outbox.bytes).toBe(0)
})

it('hands a peer that reads eight MiB of one tick, in order, and does not call it slow', async () => {
  const { peer, owner, outbox, look, bytesReceived } = setUp()

  const frames = Array.from({ length: 512 }, (_, n) => frame(16, n % 256))
  for (const each of frames) expect(outbox.add(each)).toBe(true)
  await nextTick()
  look()

  expect(bytesReceived()).toBe(512 * 16 * KIB)
  expect(Buffer.concat(peer.received).equals(Buffer.concat(frames))).toBe(true)
  expect(owner.stalls).toBe(0)
})

it('holds back what the socket does not take, and goes on in order when it drains', async () => {
  const { peer, outbox, bytesReceived } = setUp()
  peer.isReading = false

  for (let n = 0; n < 8; n++) outbox.add(frame(40, n))
  await nextTick()
  outbox.add(frame(40, 8))
  await nextTick()
  expect(bytesReceived()).toBe(40 * KIB)
  expect(outbox.bytes).toBe(9 * 40 * KIB)
  peer.readOn()
  await nextTick()

  expect(peer.received.map((piece) => piece[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(outbox.bytes).toBe(0)
})

it('calls a peer slow that takes nothing while more than the bound waits, in whatever steps it came', async () => {
  const { peer, owner, outbox, look } = setUp()
  peer.isReading = false

  for (let n = 0; n < 1_025; n++) {
    outbox.add(frame(1))
    await nextTick()
  }
  look(STALL_LOOKS - 1)
  expect(owner.stalls).toBe(0)
  look(1)

  expect(owner.stalls).toBe(1)
})

it('does not call a peer slow that reads, however late', async () => {
  const { peer, owner, outbox, look } = setUp()
  peer.isReading = false
  for (let n = 0; n < 40; n++) outbox.add(frame(64))
  await nextTick()

  for (let n = 0; n < 20; n++) {
    look(STALL_LOOKS - 1)
    peer.readOnce()
    await nextTick()
  }

  expect(owner.stalls).toBe(0)
})

it('refuses what goes beyond the bound of all that waits', () => {
  const { outbox } = setUp()

  const taken = Array.from({ length: 17 }, () => outbox.add(frame(1_024)))

  expect(taken).toEqual([...Array.from({ length: 16 }, () => true), false])
})

it('writes everything at the end, or forgets it behind a whole frame', async () => {
  const finished = setUp()
  const dropped = setUp()
  for (const { peer, outbox } of [finished, dropped]) {
    peer.isReading = false
    for (let n = 0; n < 4; n++) outbox.add(frame(40))
    await nextTick()
  }

  finished.outbox.finish()
  dropped.outbox.drop()
  finished.peer.readOn()
  dropped.peer.readOn()
  await nextTick()

  expect(finished.bytesReceived()).toBe(4 * 40 * KIB)
  expect(dropped.bytesReceived()).toBe(40 * KIB)
  expect(dropped.outbox.bytes).toBe(0)
})

it('writes nothing behind a close frame', async () => {
  const { peer, owner, outbox } = setUp()
  peer.isReading = false
  outbox.add(frame(64))
  outbox.add(frame(64))
  await nextTick()

  owner.isWritable = false
  outbox.add(frame(1))
  peer.readOn()
  await nextTick()

  expect(peer.received).toHaveLength(1)
})
