import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import { silentLog } from '../../test/support/gateway-doubles.js'
import { RightsLog } from './rights-log.js'

const entry = (position: number): Revocation => ({
  position,
  lost: { $case: 'signedOut', value: { sessionId: `s${position}` } },
})
const entries = (from: number, to: number): Revocation[] =>
  Array.from({ length: to - from + 1 }, (_, at) => entry(from + at))

let rightsLog: RightsLog

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  rightsLog.stop()
  vi.useRealTimers()
})

/** A log in core, whose pages have 1,000 entries. */
function setUp(stored: Revocation[] = []) {
  const state = { stored, failure: undefined as Error | undefined, reads: 0, trimmed: false }
  const applied: string[] = []
  const told: string[] = []
  const read = (after: number | undefined) => {
    state.reads += 1
    if (state.failure) return Promise.reject(state.failure)
    const last = state.stored.at(-1)?.position ?? 0
    if (after === undefined) return Promise.resolve({ revocations: [], position: last, hasMore: false })
    if (state.trimmed) return Promise.reject(new RecadoError('failed_precondition', 'trimmed'))
    const rest = state.stored.filter(({ position }) => position > after)
    const revocations = rest.slice(0, 1_000)
    const position = revocations.at(-1)?.position ?? after
    return Promise.resolve({ revocations, position, hasMore: rest.length > 1_000 })
  }
  rightsLog = new RightsLog({
    read,
    apply: (lost) => applied.push(lost.$case === 'signedOut' ? lost.value.sessionId : lost.$case),
    onSilent: () => told.push('silent'),
    onHeard: () => told.push('heard'),
    onGap: () => told.push('gap'),
    log: silentLog,
    now: () => Date.now(),
  })
  return { state, applied, told }
}

it('applies what is added within half a second, in order, and nothing of before', async () => {
  const { state, applied } = setUp(entries(1, 10))
  await rightsLog.start()

  state.stored.push(entry(11), entry(12))
  await vi.advanceTimersByTimeAsync(501)

  expect(applied).toEqual(['s11', 's12'])
})

it('reads on while there is more: an entry behind 20,000 others is applied in the same half second', async () => {
  const { state, applied } = setUp()
  await rightsLog.start()

  state.stored.push(...entries(1, 20_001))
  await vi.advanceTimersByTimeAsync(501)

  expect(applied).toHaveLength(20_001)
})

it('tells what came after a permission', async () => {
  const { state } = setUp(entries(1, 10))
  await rightsLog.start()
  state.stored.push(...entries(11, 14))
  await vi.advanceTimersByTimeAsync(501)

  const since = (position: number) =>
    rightsLog.since(position).map((lost) => lost.$case === 'signedOut' && lost.value.sessionId)

  expect([since(10), since(12), since(14)]).toEqual([['s11', 's12', 's13', 's14'], ['s13', 's14'], []])
})

it('reads from the oldest permission that was used before its start', async () => {
  const { state, applied } = setUp(entries(1, 10))

  expect(rightsLog.since(10)).toEqual([])
  expect(rightsLog.since(9)).toEqual([])
  state.stored.push(entry(11))
  await rightsLog.start()
  await vi.advanceTimersByTimeAsync(501)

  expect(applied).toEqual(['s10', 's11'])
  expect(rightsLog.since(9)).toHaveLength(2)
})

it('says so when a permission is older than what it knows', async () => {
  const { state } = setUp(entries(1, 10))
  await rightsLog.start()
  expect(() => rightsLog.since(9)).toThrow(expect.objectContaining({ code: 'unavailable' }))

  state.stored.push(...entries(11, 20_000))
  await vi.advanceTimersByTimeAsync(501)

  expect(() => rightsLog.since(9_999)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  expect(rightsLog.since(10_000)).toHaveLength(10_000)
})

it('is silent after 3 s without a read, tells it once, and goes on with what was missed before it is heard', async () => {
  const { state, applied, told } = setUp()
  await rightsLog.start()
  expect(rightsLog.isCurrent).toBe(true)

  state.failure = new RecadoError('unavailable', 'away')
  await vi.advanceTimersByTimeAsync(2_900)
  expect([told, rightsLog.isCurrent]).toEqual([[], true])
  await vi.advanceTimersByTimeAsync(30_000)
  expect([told, rightsLog.isCurrent]).toEqual([['silent'], false])
  expect(rightsLog.silenceMs).toBeGreaterThan(30_000)
  state.stored.push(entry(1))
  state.failure = undefined
  await vi.advanceTimersByTimeAsync(501)

  expect(applied).toEqual(['s1'])
  expect([told, rightsLog.isCurrent]).toEqual([['silent', 'heard'], true])
})

it('sends everybody away when what came after its position is gone, and begins at the present', async () => {
  const { state, applied, told } = setUp(entries(1, 10))
  await rightsLog.start()
  state.stored.push(...entries(11, 50))

  state.trimmed = true
  await vi.advanceTimersByTimeAsync(501)
  expect(told).toEqual(['gap'])
  expect(() => rightsLog.since(49)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  state.trimmed = false
  state.stored.push(entry(51))
  await vi.advanceTimersByTimeAsync(501)

  expect(told).toEqual(['gap'])
  expect(applied).toEqual(['s51'])
})

it('ends', async () => {
  const { state } = setUp()
  await rightsLog.start()

  rightsLog.stop()
  await vi.advanceTimersByTimeAsync(5_000)

  expect(state.reads).toBe(1)
})
