import { beforeEach, describe, expect, it } from 'vitest'
import { Findings } from './findings.js'
import { Meter } from './meter.js'
import { Sending, type Verdict } from './sending.js'

let findings: Findings
beforeEach(() => {
  findings = new Findings()
})

function sending(verdict: Verdict = 'stored'): Sending {
  const message = new Sending({
    nonce: 'n',
    content: 'text',
    senderId: 'u',
    verdict,
    position: 0,
    meter: new Meter(),
    findings,
  })
  message.sent()
  return message
}

describe('a message on its way', () => {
  it('is accepted, then stored', async () => {
    const message = sending()

    message.accepted('m')
    message.stored({ id: 'm', seq: 1 })
    await message.settled

    expect([message.state, message.id, message.seq, findings.faults]).toEqual(['stored', 'm', 1, 0])
  })

  it('may be called a duplicate once it was repeated', () => {
    const message = sending()

    message.sent()
    message.accepted('m')
    message.stored({ id: 'm', seq: 1, duplicate: true })

    expect([findings.faults, findings.count('repeat')]).toEqual([0, 1])
  })

  it('may be refused where the rules refuse its text', () => {
    const message = sending('refused')

    message.refused('invalid_argument', 'it is blank')

    expect([message.state, findings.faults]).toEqual(['refused', 0])
  })

  it.each<[string, (message: Sending) => void, Verdict?]>([
    ['got its ack before its reply', (message) => message.stored({ id: 'm', seq: 1 })],
    [
      'is called a duplicate, but was sent once',
      (m) => (m.accepted('m'), m.stored({ id: 'm', seq: 1, duplicate: true })),
    ],
    ['got a second id, x after m', (message) => (message.accepted('m'), message.stored({ id: 'x', seq: 1 }))],
    [
      'got a second seq, 2 after 1',
      (m) => (m.accepted('m'), m.stored({ id: 'm', seq: 1 }), m.stored({ id: 'm', seq: 2 })),
    ],
    ['was refused: permission_denied no', (message) => message.refused('permission_denied', 'no')],
    ['was refused: invalid_argument no', (message) => message.refused('invalid_argument', 'no')],
    ['was refused: internal no', (message) => message.refused('internal', 'no'), 'refused'],
    ['was accepted, but the rules refuse its text', (message) => message.accepted('m'), 'refused'],
    ['was never accepted', (message) => message.failed('was never accepted')],
  ])('has a fault when it %s', (fault, act, verdict) => {
    act(sending(verdict))

    expect(findings.firstFaults).toEqual([`message n ${fault}`])
  })
})
