import { describe, expect, it } from 'vitest'
import { RecadoError } from '../../lib/errors.js'
import { SignupLimit } from './signup-limit.js'

describe('the limit of sign-ups', () => {
  it('lets each address have its share of a minute', () => {
    const limit = new SignupLimit(2, () => 0)

    limit.take('192.0.2.1')
    limit.take('192.0.2.1')
    limit.take('192.0.2.2')

    expect(() => limit.take('192.0.2.1')).toThrow(RecadoError)
  })

  it('says how long to wait', () => {
    const clock = { now: 1_000 }
    const limit = new SignupLimit(1, () => clock.now)
    limit.take('192.0.2.1')
    clock.now += 20_000

    expect(() => limit.take('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'resource_exhausted', retryAfterMs: 40_000 }),
    )
  })

  it('begins anew after a minute', () => {
    const clock = { now: 0 }
    const limit = new SignupLimit(1, () => clock.now)
    limit.take('192.0.2.1')
    clock.now = 60_000

    expect(() => limit.take('192.0.2.1')).not.toThrow()
  })

  it('is off at 0', () => {
    const limit = new SignupLimit(0, () => 0)

    for (let n = 0; n < 1_000; n++) limit.take('192.0.2.1')
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8::1', '2001:DB8:0:0:1::1', true],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('counts %s and %s together: %s', (first, second, together) => {
    const limit = new SignupLimit(1, () => 0)
    limit.take(first)

    if (together) expect(() => limit.take(second)).toThrow(RecadoError)
    else expect(() => limit.take(second)).not.toThrow()
  })

  it('lets what is beyond 10,000 addresses share one count', () => {
    const limit = new SignupLimit(1, () => 0)
    for (let n = 0; n < 10_000; n++) limit.take(`10.0.${n >> 8}.${n & 255}`)

    limit.take('192.0.2.1')

    expect(() => limit.take('192.0.2.2')).toThrow(RecadoError)
  })
})
