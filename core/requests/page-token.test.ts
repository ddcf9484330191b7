import { describe, expect, it } from 'vitest'
import { toPage, toPageStart } from './page-token.js'

const idOf = (item: string) => item

describe('page tokens', () => {
  it('lead from one page to the next until nothing is left', () => {
    const first = toPage(['a', 'b', 'c'], 2, idOf)
    expect(first.items).toEqual(['a', 'b'])
    expect(toPageStart(first.nextPageToken)).toBe('b')

    const last = toPage(['c'], 2, idOf)
    expect(last).toEqual({ items: ['c'], nextPageToken: '' })
  })

  it('are empty where a page is full and nothing follows', () => {
    expect(toPage(['a', 'b'], 2, idOf).nextPageToken).toBe('')
  })

  it('begin at the start when they are empty', () => {
    expect(toPageStart('')).toBeUndefined()
  })

  it.each(['%%%', 'AA', 'a===', Buffer.from('a\0b').toString('base64url'), '_w'])(
    'are refused when they are not ours: %s',
    (token) => {
      expect(() => toPageStart(token)).toThrowError(expect.objectContaining({ code: 'invalid_argument' }))
    },
  )
})
