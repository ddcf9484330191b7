import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Limit, Limits } from '../../ports/limits/limits.js'
import type { Fresh } from '../support/adapters.js'

/** A limit that no other test has. */
export const limitOf = (points: number, rest: Partial<Limit> = {}): Limit => ({
  name: 'test',
  points,
  windowSeconds: 60,
  message: 'Too much of it. Try again later.',
  ...rest,
})

/** Whether each of `times` takings at once went through. */
export async function takeAtOnce(limits: Limits, limit: Limit, key: string, times: number): Promise<number> {
  const taken = await Promise.allSettled(Array.from({ length: times }, () => limits.take(limit, key)))
  return taken.filter(({ status }) => status === 'fulfilled').length
}

/** Proves that an adapter keeps what `ports/limits/limits.ts` promises. Each `make` gives an empty one. */
export function limitsContract(name: string, make: () => Promise<Fresh<Limits>>): void {
  describe(`limits: ${name}`, () => {
    let made: Fresh<Limits>
    let limits: Limits

    beforeEach(async () => {
      made = await make()
      limits = made.value
    })

    afterEach(() => made.drop())

    it.each(['exact', 'loose'] as const)('lets a key have its points and no more (%s)', async (sharing) => {
      const limit = limitOf(3, { sharing })

      for (let n = 0; n < 3; n++) await limits.take(limit, 'a')

      await expect(limits.take(limit, 'a')).rejects.toMatchObject({
        code: 'resource_exhausted',
        message: limit.message,
        retryable: true,
      })
    })

    it.each(['exact', 'loose'] as const)('says how long to wait (%s)', async (sharing) => {
      const limit = limitOf(1, { sharing })
      await limits.take(limit, 'a')

      const error = await limits.take(limit, 'a').then(
        () => undefined,
        (thrown: { retryAfterMs: number }) => thrown,
      )

      expect(error?.retryAfterMs).toBeGreaterThan(0)
      expect(error?.retryAfterMs).toBeLessThanOrEqual(60_000)
      expect(Number.isInteger(error?.retryAfterMs)).toBe(true)
    })

    it.each(['exact', 'loose'] as const)(
      'lets through no more than the points of those at once (%s)',
      async (sharing) => {
        expect(await takeAtOnce(limits, limitOf(20, { sharing }), 'a', 100)).toBe(20)
      },
    )

    it('counts keys apart, and limits apart', async () => {
      const one = limitOf(1, { name: 'one' })
      const other = limitOf(1, { name: 'other' })

      await limits.take(one, 'a')
      await limits.take(one, 'b')
      await limits.take(other, 'a')

      await expect(limits.take(one, 'a')).rejects.toMatchObject({ code: 'resource_exhausted' })
    })

    it('takes any text for a key', async () => {
      const limit = limitOf(1)
      const keys = ['', ' ', '2001:db8::1', '__proto__', 'é🦜\n', 'x'.repeat(1_000)]

      for (const key of keys) await limits.take(limit, key)

      for (const key of keys)
        await expect(limits.take(limit, key)).rejects.toMatchObject({ code: 'resource_exhausted' })
    })

    it('begins anew when the window ends', async () => {
      const limit = limitOf(1, { windowSeconds: 1 })
      await limits.take(limit, 'a')
      await expect(limits.take(limit, 'a')).rejects.toThrow()

      await expect
        .poll(
          () =>
            limits.take(limit, 'a').then(
              () => 'taken',
              () => 'refused',
            ),
          { timeout: 10_000 },
        )
        .toBe('taken')
    })

    it('takes nothing when it is only asked', async () => {
      const limit = limitOf(1)

      for (let n = 0; n < 5; n++) await limits.check(limit, 'a')

      await limits.take(limit, 'a')
      await expect(limits.check(limit, 'a')).rejects.toMatchObject({
        code: 'resource_exhausted',
        retryAfterMs: expect.any(Number),
      })
    })

    it('does not limit at 0', async () => {
      const limit = limitOf(0)

      expect(await takeAtOnce(limits, limit, 'a', 1_000)).toBe(1_000)
      await limits.check(limit, 'a')
    })

    it('may be closed twice', async () => {
      await limits.close()
      await limits.close()
    })
  })
}
