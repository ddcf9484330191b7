import { describe, expect, it } from 'vitest'
import { verdictOn } from './texts.js'

describe('the verdict on a text', () => {
  it.each([
    ['hello', 'stored'],
    [' \n ', 'refused'],
    ['', 'refused'],
    ['nul \0 inside', 'refused'],
    ['half \ud83d of a pair', 'refused'],
    ['x'.repeat(4_000), 'stored'],
    ['x'.repeat(4_001), 'refused'],
    ['👋'.repeat(4_000), 'stored'],
    ['👋'.repeat(4_001), 'refused'],
    ['\u200b\u200d', 'either'],
    ['\u0002\u000f', 'either'],
    ['\u0002bold\u000f', 'stored'],
  ])('of %j is %s', (text, verdict) => {
    expect(verdictOn(text)).toBe(verdict)
  })
})
