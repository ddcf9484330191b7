import { describe, expect, it } from 'vitest'
import { toOriginCheck, type OriginRule } from './origins.js'

const allows = (rule: OriginRule, origin: string | undefined, host = 'chat.example:4000'): boolean =>
  toOriginCheck(rule)(origin, host)

describe('the origin rule', () => {
  it.each<[OriginRule, string | undefined, boolean]>([
    ['host', undefined, true],
    ['host', 'https://chat.example', true],
    ['host', 'http://chat.example:81', true],
    ['host', 'http://CHAT.example', false],
    ['host', 'http://chat.example.evil.com', false],
    ['host', 'http://evil.com/chat.example', false],
    ['host', 'http://user@chat.example', false],
    ['host', 'null', false],
    ['host', 'file://', false],
    ['host', '', false],
    ['any', 'http://evil.com', true],
    [[], undefined, true],
    [[], 'https://chat.example', false],
    [['https://a.com'], 'https://a.com', true],
    [['https://a.com'], 'https://a.com:443', true],
    [['https://a.com'], 'https://a.com:444', false],
    [['https://a.com'], 'http://a.com', false],
    [['https://a.com:8443'], 'https://a.com:8443', true],
    [['https://a.com:8443'], 'https://a.com', false],
    [['//a.com'], 'http://a.com:99', true],
    [['//a.com'], 'http://b.a.com', false],
    [['//a.com:888'], 'https://a.com:888', true],
    [['//a.com:888'], 'https://a.com', false],
    [['//*.a.com'], 'https://b.a.com', true],
    [['//*.a.com'], 'https://c.b.a.com', true],
    [['//*.a.com'], 'https://a.com', true],
    [['//*.a.com'], 'https://ba.com', false],
    [['//x.com', '//a.com'], 'https://a.com', true],
    [['//[::1]'], 'http://[::1]:4000', true],
  ])('%j gives for the origin %j: %s', (rule, origin, expected) => {
    expect(allows(rule, origin)).toBe(expected)
  })

  it.each([
    ['http://localhost:5173', '127.0.0.1:4000', true],
    ['http://127.0.0.1:5173', 'localhost:4000', true],
    ['http://localhost', '[::1]:4000', true],
    ['http://localhost.evil.com', 'localhost:4000', false],
    ['http://localhost', 'chat.example', false],
    ['http://chat.example', 'localhost:4000', false],
  ])('takes %s for %s: %s, as names of one machine', (origin, host, expected) => {
    expect(allows('host', origin, host)).toBe(expected)
    expect(allows([], origin, host)).toBe(false)
  })

  it('compares with an IPv6 host too', () => {
    expect(allows('host', 'http://[::1]:5173', '[::1]:4000')).toBe(true)
  })

  it.each(['a.com', 'https://', '*', 'https://a.com/path'])('does not take %s for an entry', (entry) => {
    expect(() => toOriginCheck([entry])).toThrow('is not an origin')
  })
})
