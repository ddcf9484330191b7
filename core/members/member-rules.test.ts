import { describe, expect, it } from 'vitest'
import { assertMayRemove } from './member-rules.js'

describe('member rules', () => {
  it.each([
    ['the owner', 'owner', 'a member'],
    ['a member', 'ana', 'themselves'],
  ])('let %s (%s) remove %s', (_who, actingUserId) => {
    expect(() => assertMayRemove('owner', actingUserId, 'ana')).not.toThrow()
  })

  it.each([
    ['ana', 'bo', 'permission_denied'],
    ['ana', 'owner', 'permission_denied'],
    ['owner', 'owner', 'failed_precondition'],
  ])('do not let %s remove %s: %s', (actingUserId, removedUserId, code) => {
    expect(() => assertMayRemove('owner', actingUserId, removedUserId)).toThrowError(
      expect.objectContaining({ code }),
    )
  })
})
