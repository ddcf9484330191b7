import { describe, expect, it } from 'vitest'
import { PageTokens } from './page-token.js'

const idOf = (item: string) => item
const members = new PageTokens('members', 'ana', 'server-1')

describe('page tokens', () => {
  it('lead from one page to the next until nothing is left', () => {
    const first = members.toPage(['a', 'b', 'c'], 2, idOf)
    expect(first.items).toEqual(['a', 'b'])
    expect(members.toStart(first.nextPageToken)).toBe('b')

    const last = members.toPage(['c'], 2, idOf)
    expect(last).toEqual({ items: ['c'], nextPageToken: '' })
  })

  it('are empty where a page is full and nothing follows', () => {
    expect(members.toPage(['a', 'b'], 2, idOf).nextPageToken).toBe('')
  })

  it('begin at the start when they are empty', () => {
    expect(members.toStart('')).toBeUndefined()
  })

  const { nextPageToken } = members.toPage(['a', 'b'], 1, idOf)
  const bytes = Buffer.from(nextPageToken, 'base64url')

  it.each([
    ['no token', '%%%'],
    ['too short', 'AAAA'],
    ['padded', `${nextPageToken}=`],
    ['of another start', Buffer.concat([bytes.subarray(0, 8), Buffer.from('b')]).toString('base64url')],
    ['of nothing', bytes.subarray(0, 8).toString('base64url')],
    ['of no text', Buffer.concat([bytes.subarray(0, 8), Buffer.of(0xff)]).toString('base64url')],
  ])('are refused when they are %s', (_name, token) => {
    expect(() => members.toStart(token)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', reason: 'PAGE_TOKEN_INVALID' }),
    )
  })

  it.each([
    ['call', ['servers', 'ana', 'server-1']],
    ['user', ['members', 'bo', 'server-1']],
    ['parameter', ['members', 'ana', 'server-2']],
    ['number of parameters', ['members', 'ana', 'server-1', '']],
  ])('are refused with another %s', (_name, list) => {
    expect(() => new PageTokens(...list).toStart(nextPageToken)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
  })
})
