import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelNames, usernameFor } from './names.js'

const anyName = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\n', '🧑‍🚀'.repeat(9)),
)

describe('names', () => {
  it('keeps a nickname that is legal', () => {
    expect(usernameFor('|QuaD-[away]', 'run', 36)).toBe('|QuaD-[away]~run10')
  })

  it('makes a legal username of every nickname', () => {
    fc.assert(
      fc.property(anyName, fc.nat(1_000_000), (nickname, index) => {
        const username = usernameFor(nickname, 'zzzzz', index)
        expect(username.length).toBeLessThanOrEqual(32)
        expect(username).toMatch(/^[^\p{Cc}]+$/u)
        expect(username.isWellFormed()).toBe(true)
        expect(username.endsWith(`~zzzzz${index.toString(36)}`)).toBe(true)
      }),
    )
  })

  it('makes legal channel names, no two alike', () => {
    fc.assert(
      fc.property(fc.array(anyName), (labels) => {
        const names = channelNames(labels)
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(labels.length)
        for (const name of names) {
          expect(name.length).toBeGreaterThan(0)
          expect(name.length).toBeLessThanOrEqual(100)
          expect(name).toMatch(/^[^\p{Cc}]+$/u)
        }
      }),
    )
  })

  it('leaves the name of the channel that every server has', () => {
    expect(channelNames(['General', 'ubuntu'])).toEqual(['General~0', 'ubuntu'])
  })
})
