import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { MalformedSenders } from './malformed-senders.js'

it('counts what each address has sent, and writes a line a second about it', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lines: unknown[] = []
  const senders = new MalformedSenders(
    pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) }),
  )
  const note = (address: string): void => senders.note(address, new Error('not JSON'))

  note('10.0.0.1')
  note('10.0.0.1')
  note('10.0.0.2')
  vi.advanceTimersByTime(1_000)
  note('10.0.0.1')
  for (let n = 0; n < 10_000; n++) note(`10.1.${n >> 8}.${n & 255}`)
  vi.advanceTimersByTime(1_000)
  note('10.0.0.1')
  vi.useRealTimers()

  expect(lines).toMatchObject([
    { remoteAddress: '10.0.0.1', reason: 'not JSON', count: 1, leftOut: 0 },
    { remoteAddress: '10.0.0.1', count: 3, leftOut: 2 },
    { remoteAddress: '10.0.0.1', count: 1, leftOut: 10_000 },
  ])
})
