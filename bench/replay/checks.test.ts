import { beforeEach, describe, expect, it } from 'vitest'
import type { WireMessage } from '../api.js'
import { Findings } from '../chat/findings.js'
import { ChannelLedger } from '../chat/ledger.js'
import { Meter } from '../chat/meter.js'
import { Sending } from '../chat/sending.js'
import { checkChannel } from './checks.js'

let findings: Findings
let ledger: ChannelLedger
let history: WireMessage[]

/** Three messages were sent by two people, stored and seen. */
beforeEach(() => {
  findings = new Findings()
  ledger = new ChannelLedger('c1', 'ubuntu', findings)
  history = ['ana', 'rui', 'ana'].map((senderId, index) => {
    const [nonce, content, seq] = [`n${index}`, `text ${index}`, index + 1]
    const meter = new Meter()
    const sending = new Sending({
      nonce,
      content,
      senderId,
      verdict: 'stored',
      position: index,
      meter,
      findings,
    })
    ledger.expect(sending)
    sending.sent()
    sending.accepted(`m${seq}`)
    sending.stored({ id: `m${seq}`, seq })
    const message = { id: `m${seq}`, channel_id: 'c1', sender_id: senderId, content, seq, count: seq, nonce }
    ledger.learn(message)
    return message
  })
})

async function faultsOf(
  messages: WireMessage[],
  observerLast = 3,
  headSeq = messages.length,
): Promise<readonly string[]> {
  await checkChannel({
    ledger,
    observer: { last: observerLast },
    readPage: (after) =>
      Promise.resolve({
        messages: messages.slice(after, after + 2),
        head: { epoch: 'e', seq: headSeq },
        has_more: messages.length > after + 2,
      }),
  })
  return findings.firstFaults.map((fault) => fault.replace('channel ubuntu: ', ''))
}

const at = (index: number) => history[index] as WireMessage

describe('the check of a history', () => {
  it('finds nothing where all is well', async () => {
    expect(await faultsOf(history)).toEqual([])
  })

  it('finds a message that is missing', async () => {
    const faults = await faultsOf(history.slice(0, 2))

    expect(faults).toEqual([
      'the observer has seen up to 3, but history ends at 2',
      'history has no message n2',
    ])
  })

  it('finds a message that is there twice', async () => {
    const faults = await faultsOf([...history, { ...at(2), seq: 4, count: 4 }], 4)

    expect(faults).toContain('message n2 of history is there twice')
    expect(faults).toContain('message n2 of history is at 4, but was acknowledged as 3')
  })

  it('finds a gap', async () => {
    const faults = await faultsOf([at(0), { ...at(1), seq: 3 }, { ...at(2), seq: 4 }], 4, 4)

    expect(faults).toContain('history has 3 after 1')
  })

  it('finds messages of one author in the wrong order', async () => {
    const faults = await faultsOf([{ ...at(2), seq: 1, count: 1 }, at(1), { ...at(0), seq: 3, count: 3 }])

    expect(faults).toContain('message n0 of history stands behind a later one of its author')
  })

  it.each([
    ['another text', { content: 'other' }, 'message n1 of history has another text than was sent'],
    ['another sender', { sender_id: 'eva' }, 'message n1 of history has another sender'],
    ['an answer that was none', { reply_to: 'm1' }, 'message n1 of history replies to m1, not undefined'],
    ['another id than readers saw', { id: 'x' }, 'history has x at 2, where readers saw m2'],
    ['a message that nobody sent', { nonce: 'x' }, 'history has message x at 2, which was never sent'],
    ['a wrong count', { count: 7 }, 'history counts 7 messages at 2'],
  ])('finds %s', async (_, change, fault) => {
    expect(await faultsOf([at(0), { ...at(1), ...change }, at(2)])).toContain(fault)
  })

  it('finds a head that is not where history ends', async () => {
    expect(await faultsOf(history, 3, 4)).toEqual(['history ends at 3, but the head is 4'])
  })

  it('finds a message that was left in the middle', async () => {
    const meter = new Meter()
    const lost = new Sending({
      nonce: 'n9',
      content: '',
      senderId: 'ana',
      verdict: 'stored',
      position: 9,
      meter,
      findings,
    })
    ledger.expect(lost)
    lost.sent()

    expect(await faultsOf(history)).toEqual([
      'message n9 was sent and never acknowledged or refused; history does not have it',
    ])
  })
})
