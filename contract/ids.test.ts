import { describe, expect, it } from 'vitest'
import { toCommandId, type Command } from './commands.js'
import { deriveId, toMessageId } from './ids.js'

describe('ids', () => {
  // Every version of every program must agree with those before it: what is stored and queued was named by them.
  it('are derived the same in every version', () => {
    expect(deriveId('message', 'channel', 'sender', 'nonce', 'n-1')).toBe('F3pPiJFGtzzlvIDrJEdIgz')
    expect(deriveId('message', 'c', 'Zoë 👋')).toBe('wnkCL9Ft_AZqeIE-cVUz4D')
  })

  it('of commands depend on their kind, and never change', () => {
    const key = { channelId: 'c', senderId: 's', nonce: 'n', attempt: 'a' }
    const react = { id: 'm', emoji: '👍', remove: false }
    const commands: Command[] = [
      { $case: 'message', value: 'hello' },
      { $case: 'edit', value: { id: 'm', content: 'hello', data: undefined } },
      { $case: 'append', value: { id: 'm', text: 'hello', final: false } },
      { $case: 'delete', value: { id: 'm' } },
      { $case: 'react', value: react },
      { $case: 'react', value: { ...react, remove: true } },
    ]

    expect(commands.map((command) => toCommandId(command, key))).toEqual([
      'etnJWoDmVUDv9o5TM0YRYg',
      'A6WQCKYPQIb0ZaHSJ4gDfU',
      'owV5J-dTdDJHL0Zu_PoZt1',
      '9n9OOqqEmEZiD7Nisn_STH',
      'y3u3riHaonUNtdbY8mAoWj',
      'ArPXePcejS-Syi-ThfFtlb',
    ])
    expect(toMessageId(key)).toBe('etnJWoDmVUDv9o5TM0YRYg')
    expect(toMessageId({ ...key, nonce: undefined })).toBe('QhU0WIXXi9gIzbF0kCZQzT')
  })

  it('are different where the parts are divided differently', () => {
    const ids = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 'b', 'c'], ['1:a'], ['', 'abc']].map((parts) =>
      deriveId(...parts),
    )

    expect(new Set(ids).size).toBe(ids.length)
  })
})
