import { expect, it, vi } from 'vitest'
import { JoinVerdict, type JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import { MemoryConnection, MemoryJoin, silentLog } from '../../test/support/gateway-doubles.js'
import { RightsCheck } from './rights-check.js'

const allowed = JoinVerdict.fromPartial({ outcome: { $case: 'permission', value: {} } })
const refused = JoinVerdict.fromPartial({ outcome: { $case: 'refusal', value: {} } })

function joinOf(userId: string, channelId: string): MemoryJoin {
  return new MemoryJoin(new MemoryConnection({ id: userId }), `channel:${channelId}`)
}

/** A check whose core answers by `decide`, and what core was asked. */
function checkBy(decide: (wish: JoinWish) => JoinVerdict, deadlineMs?: number) {
  const asked: (readonly JoinWish[])[] = []
  const ask = (wishes: readonly JoinWish[]) => {
    asked.push(wishes)
    return Promise.resolve(wishes.map(decide))
  }
  return { asked, check: new RightsCheck({ ask, log: silentLog }, deadlineMs) }
}

it('puts those out for good who may not view it any more, and leaves the others', async () => {
  const joins = [joinOf('ann', 'a'), joinOf('ben', 'a'), joinOf('ann', 'b')]
  const { check } = checkBy(({ userId }) => (userId === 'ann' ? refused : allowed))

  await check.check(joins)

  expect(joins.map(({ endedBy }) => endedBy)).toEqual(['close', undefined, 'close'])
})

it('asks once about all connections of a user, and in parts', async () => {
  const mine = [joinOf('ann', 'a'), joinOf('ann', 'a')]
  const { asked, check } = checkBy(() => refused)

  await check.check([...mine, ...Array.from({ length: 1_200 }, (_, n) => joinOf(`u${n}`, 'a'))])

  expect(asked.map(({ length }) => length)).toEqual([500, 500, 201])
  expect(mine.map(({ endedBy }) => endedBy)).toEqual(['close', 'close'])
})

it('ends as broken those of whom nothing is known in time, and those of whom core says nothing', async () => {
  vi.useFakeTimers()
  const late = joinOf('ann', 'a')
  const slow = new RightsCheck({ ask: () => new Promise(() => undefined), log: silentLog }, 400)
  void slow.check([late])
  vi.advanceTimersByTime(399)
  expect(late.isJoined).toBe(true)
  vi.advanceTimersByTime(1)
  expect(late.endedBy).toBe('crash')
  vi.useRealTimers()

  const failed = joinOf('ann', 'a')
  const broken = new RightsCheck({ ask: () => Promise.reject(new Error('away')), log: silentLog })
  await broken.check([failed])
  expect(failed.endedBy).toBe('crash')
})
