import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { Heartbeats } from '../heartbeats.js'
import { Findings } from './findings.js'
import { ChannelLedger } from './ledger.js'
import { Meter } from './meter.js'
import { Sender } from './sender.js'
import { Sending } from './sending.js'

type Frame = [string | null, string, string, string, { nonce?: string; since?: unknown }]

let server: WebSocketServer
let findings: Findings
let ledger: ChannelLedger
let sender: Sender
/** What was sent, in order: `join`, or a nonce. */
let received: string[]
/** Answers the message that was sent as the nth, from 0. */
let answer: (nth: number, message: Received) => void

/** A message as it came, and how to answer it. */
type Received = {
  ok: () => void
  refuse: (error: object) => void
  ack: (seq: number) => void
  cut: () => void
}

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', listen)
  await once(server, 'listening')
  findings = new Findings()
  received = []
  ledger = new ChannelLedger('1', 'ubuntu', findings)
  sender = new Sender({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 't',
    heartbeats: new Heartbeats(),
    findings,
    readHistory: () => Promise.reject(new Error('nothing is missed here')),
  })
  await sender.seat.join(ledger)
})
afterEach(() => {
  sender.seat.close()
  server.close()
})

function listen(socket: WebSocket): void {
  socket.on('message', (data: Buffer) => {
    const [joinRef, ref, topic, event, payload] = JSON.parse(data.toString()) as Frame
    const send = (...frame: unknown[]) => socket.send(JSON.stringify(frame))
    const reply = (status: string, response: object) =>
      send(joinRef, ref, topic, 'phx_reply', { status, response })
    if (event === 'phx_join') {
      received.push('join')
      return reply('ok', { head: { epoch: 'e', seq: 0 }, recovered: payload.since !== undefined, events: [] })
    }
    const { nonce } = payload
    const nth = received.push(String(nonce)) - received.filter((each) => each === 'join').length - 1
    answer(nth, {
      ok: () => reply('ok', { id: `m-${nonce}` }),
      refuse: (error) => reply('error', error),
      ack: (seq) => send(joinRef, null, topic, 'message:ack', { id: `m-${nonce}`, nonce, seq }),
      cut: () => socket.terminate(),
    })
  })
}

function message(nonce: string): Sending {
  const common = { senderId: 'u', verdict: 'stored', position: 0, meter: new Meter(), findings } as const
  return new Sending({ ...common, nonce, content: 'text' })
}

describe('sender', () => {
  it('repeats a message with its nonce until it is accepted', async () => {
    answer = (nth, { ok, refuse, ack }) => {
      if (nth < 2)
        return refuse({ code: 'unavailable', reason: 'UNAVAILABLE', message: 'not now', retryable: true })
      ok()
      ack(1)
    }
    const sending = message('a')

    await sender.send(sending, ledger)
    await sending.settled

    expect(received).toEqual(['join', 'a', 'a', 'a'])
    expect([sending.state, findings.faults, findings.count('repeat')]).toEqual(['stored', 0, 2])
  })

  it('repeats a message whose connection was lost before the reply, after it has joined again', async () => {
    answer = (nth, { ok, ack, cut }) => {
      if (nth === 0) return cut()
      ok()
      ack(1)
    }
    const sending = message('a')

    await sender.send(sending, ledger)
    await sending.settled

    expect(received).toEqual(['join', 'a', 'join', 'a'])
    expect([sending.state, findings.faults, findings.count('reconnect')]).toEqual(['stored', 0, 1])
  })

  it('sends what was accepted again when the connection was lost before the ack', async () => {
    answer = (nth, { ok, ack, cut }) => {
      ok()
      if (nth === 0) setImmediate(cut)
      else ack(1)
    }
    const sending = message('a')

    await sender.send(sending, ledger)
    await sending.settled

    expect(received).toEqual(['join', 'a', 'join', 'a'])
    expect([sending.state, findings.faults]).toEqual(['stored', 0])
  })

  it('does not repeat what is refused for good', async () => {
    answer = (_, { refuse }) =>
      refuse({ code: 'permission_denied', reason: 'NOT_FOUND', message: 'no', retryable: false })
    const sending = message('a')

    await sender.send(sending, ledger)

    expect(received).toEqual(['join', 'a'])
    expect(findings.firstFaults).toEqual(['message a was refused: permission_denied no'])
  })

  it('is settled on a channel when all that it sent there is', async () => {
    let ackFirst = () => {}
    answer = (nth, { ok, ack, refuse }) => {
      if (nth === 1)
        return refuse({ code: 'invalid_argument', reason: 'BLANK', message: 'blank', retryable: false })
      ok()
      ackFirst = () => ack(7)
    }
    await sender.send(message('a'), ledger)
    await sender.send(message('b'), ledger)
    let isSettled = false
    const settled = sender.settled(ledger).finally(() => (isSettled = true))
    await new Promise(setImmediate)
    const wasSettled = isSettled

    ackFirst()

    expect(await settled).toBe(7)
    expect(wasSettled).toBe(false)
  })
})
