import { describe, expect, it } from 'vitest'
import { deriveId } from './ids.js'

describe('ids', () => {
  // Every version of every program must agree with those before it: what is stored and queued was named by them.
  it('are derived the same in every version', () => {
    expect(deriveId('message', 'channel', 'sender', 'nonce', 'n-1')).toBe('F3pPiJFGtzzlvIDrJEdIgz')
    expect(deriveId('message', 'c', 'Zoë 👋')).toBe('wnkCL9Ft_AZqeIE-cVUz4D')
  })

  it('are different where the parts are divided differently', () => {
    const ids = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 'b', 'c'], ['1:a'], ['', 'abc']].map((parts) =>
      deriveId(...parts),
    )

    expect(new Set(ids).size).toBe(ids.length)
  })
})
