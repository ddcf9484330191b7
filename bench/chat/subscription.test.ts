import { beforeEach, describe, expect, it } from 'vitest'
import type { Page, WireMessage } from '../api.js'
import { Findings } from './findings.js'
import { ChannelLedger } from './ledger.js'
import { Meter } from './meter.js'
import { Sending } from './sending.js'
import { Subscription } from './subscription.js'

let findings: Findings
let meter: Meter
let ledger: ChannelLedger
let history: WireMessage[]

beforeEach(() => {
  findings = new Findings()
  meter = new Meter()
  ledger = new ChannelLedger('c1', 'ubuntu', findings)
  history = Array.from({ length: 6 }, (_, index) => sent(index + 1))
})

/** The message that stands at `seq`, announced as sent. */
function sent(seq: number): WireMessage {
  const [nonce, content, senderId] = [`n${seq}`, `text ${seq}`, 'u1']
  ledger.expect(new Sending({ nonce, content, senderId, verdict: 'stored', position: seq, meter, findings }))
  return { id: `m${seq}`, channel_id: 'c1', sender_id: senderId, content, seq, count: seq, nonce }
}

const readHistory = (_: string, after: number): Promise<Page> =>
  Promise.resolve({ messages: history.slice(after, after + 2), head: headAt(6), has_more: true })

const headAt = (seq: number, epoch = 'e') => ({ epoch, seq })
const frameOf = (message: WireMessage) =>
  Buffer.from(JSON.stringify([null, null, 'channel:c1', 'message:new', message]))

function readerAt(seq: number): Subscription {
  const reader = new Subscription(ledger, readHistory)
  reader.joined({ head: headAt(seq), recovered: false })
  return reader
}

function receive(reader: Subscription, ...seqs: number[]): void {
  for (const seq of seqs) {
    const message = history[seq - 1] as WireMessage
    const frame = frameOf(message)
    if (!reader.matches(frame)) reader.take('message:new', { ...message }, frame)
  }
}

describe('subscription', () => {
  it('goes from its head on, one by one', () => {
    const reader = readerAt(2)

    receive(reader, 3, 4, 5)

    expect([reader.last, findings.faults, meter.delivered.count]).toEqual([5, 0, 3])
  })

  it('takes the bytes that another reader had without parsing them', () => {
    receive(readerAt(0), 1, 2)
    const reader = readerAt(1)

    const isTaken = reader.matches(frameOf(history[1] as WireMessage))

    expect([isTaken, reader.last, meter.delivered.count]).toEqual([true, 2, 3])
  })

  it.each([
    ['is missing', [1, 3], 'event 3 came after 1'],
    ['comes twice', [1, 2, 2], 'event 2 came again, after 2'],
    ['comes too early', [2, 1], 'event 2 came after 0'],
  ])('finds that an event %s', (_, seqs, fault) => {
    receive(readerAt(0), ...seqs)

    expect(findings.firstFaults[0]).toBe(`channel ubuntu: ${fault}`)
  })

  it('finds that two readers got different messages at one seq', () => {
    receive(readerAt(0), 1)
    history[0] = { ...(history[1] as WireMessage), seq: 1 }

    receive(readerAt(0), 1)

    expect(findings.firstFaults[0]).toContain('is m2 for one reader, m1 for another')
  })

  it('finds a text that is not what was sent', () => {
    history[0] = { ...(history[0] as WireMessage), content: 'other' }

    receive(readerAt(0), 1)

    expect(findings.firstFaults[0]).toContain('has another text than was sent')
  })

  it('reads what it missed between two connections, and holds back what comes meanwhile', async () => {
    const reader = readerAt(0)
    receive(reader, 1)
    reader.interrupted()

    reader.joined({ head: headAt(5), recovered: false })
    receive(reader, 6)
    await reader.reached(6)

    expect([reader.last, findings.faults, findings.count('repaired event')]).toEqual([6, 0, 4])
  })

  it('asks to go on where it was, and takes what the join brings', () => {
    const reader = readerAt(0)
    receive(reader, 1)
    reader.interrupted()
    const asked = reader.joinPayload
    const events = [2, 3].map((seq) => ({ event: 'message:new', payload: { ...history[seq - 1] } }))

    reader.joined({ head: headAt(3), recovered: true, events })

    expect(asked).toEqual({ since: { epoch: 'e', seq: 1 } })
    expect([reader.last, findings.faults, findings.count('recovered event')]).toEqual([3, 0, 2])
  })

  it('finds a part that is called recovered', () => {
    const reader = readerAt(0)
    reader.interrupted()

    reader.joined({ head: headAt(3), recovered: true, events: [] })

    expect(findings.firstFaults).toEqual(['channel ubuntu: resumed at 0, but the head is 3'])
  })

  it('reads up to an announced head, and no further', async () => {
    const reader = readerAt(0)

    reader.take('head', headAt(3), Buffer.alloc(0))
    await reader.reached(3)
    receive(reader, 4)

    expect([reader.last, findings.faults]).toEqual([4, 0])
  })

  it('finds that the epoch changed', () => {
    readerAt(0).take('head', headAt(0, 'other'), Buffer.alloc(0))

    expect(findings.firstFaults).toEqual(['channel ubuntu: the epoch changed from e to other'])
  })
})
