import { describe, expect, it } from 'vitest'
import { assertAtMost, invalidField, toCount } from './request-rules.js'
import { isId } from '../../contract/ids.js'

const rule = { field: 'limit', max: 100, default: 50 }

describe('request rules', () => {
  it.each([
    [0, 50],
    [1, 1],
    [100, 100],
  ])('reads a limit of %i as %i', (asked, count) => {
    expect(toCount(asked, rule)).toBe(count)
  })

  it.each([-1, 101])('refuses a limit of %i and names the field', (asked) => {
    expect(() => toCount(asked, rule)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', details: { limit: 'must be 1 to 100' } }),
    )
  })

  it('takes as many entries as there may be, and no more', () => {
    expect(() => assertAtMost('ids', ['a', 'b'], 2)).not.toThrow()
    expect(() => assertAtMost('ids', ['a', 'b', 'c'], 2)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
  })

  it.each([
    ['0190', true],
    ['x'.repeat(128), true],
    ['', false],
    ['x'.repeat(129), false],
    ['a\0b', false],
  ])('tells whether %j can be an id: %s', (text, answer) => {
    expect(isId(text)).toBe(answer)
  })

  it('names the field in the message, for those who see no details', () => {
    expect(invalidField('name', 'must not be blank').message).toBe('`name` must not be blank.')
  })
})
