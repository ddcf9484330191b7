import { describe, expect, it } from 'vitest'
import { Passwords } from './passwords.js'

describe('passwords', () => {
  it('match their own hash and no other', async () => {
    const passwords = new Passwords()
    const hash = await passwords.hash('correct horse', 'ana')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await passwords.matches('correct horse', hash, 'ana')).toBe(true)
    expect(await passwords.matches('correct horsf', hash, 'ana')).toBe(false)
  })

  it('are compared at full cost even when there is nothing to compare with', async () => {
    const passwords = new Passwords()
    const hash = await passwords.hash('correct horse', 'ana')
    const timeOf = async (given: string | undefined) => {
      const startedAt = performance.now()
      expect(await passwords.matches('something else', given, 'ana')).toBe(false)
      return performance.now() - startedAt
    }

    const [known, unknown] = [await timeOf(hash), await timeOf(undefined)]

    // A hash that is not computed is answered a hundred times faster, so a wide bound tells the two apart.
    expect(unknown).toBeGreaterThan(known / 10)
  })

  it('take turns by networks: many addresses of one /64 do not go before another', async () => {
    const passwords = new Passwords()
    const order: string[] = []
    const hash = (name: string, address: string) =>
      passwords.hash('a password', address).then(() => order.push(name))

    const many = Array.from({ length: 16 }, (_, n) => hash('many', `2001:db8::${n}`))
    await Promise.all([...many, hash('one', '2001:db8:1::1')])

    expect(order.indexOf('one')).toBeLessThan(10)
  })
})
