import { describe, expect, it } from 'vitest'
import { MemberPermission } from '../gen/recado/v1/types.js'
import {
  ALL_PERMISSIONS,
  fromPermissionList,
  permissionNames,
  toPermissionList,
  toPermissionNames,
  toPermissionSet,
} from './permissions.js'

describe('permissions', () => {
  it('have the words and the order of the enum', () => {
    const inEnum = Object.entries(MemberPermission).filter(
      ([, value]) => typeof value === 'number' && value > 0,
    )

    expect(inEnum).toEqual(
      permissionNames.map((name, index) => [`MEMBER_PERMISSION_${name.toUpperCase()}`, index + 1]),
    )
  })

  it('are a set that lists each once, in order', () => {
    const set = fromPermissionList([
      MemberPermission.MEMBER_PERMISSION_VIEW_AUDIT_LOG,
      MemberPermission.MEMBER_PERMISSION_VIEW_CHANNEL,
      MemberPermission.MEMBER_PERMISSION_VIEW_CHANNEL,
    ])

    expect(set).toBe(toPermissionSet(['view_channel', 'view_audit_log']))
    expect(toPermissionNames(set)).toEqual(['view_channel', 'view_audit_log'])
    expect(toPermissionList(set)).toEqual([1, 12])
  })

  it('are all that there are', () => {
    expect(toPermissionNames(ALL_PERMISSIONS)).toEqual(permissionNames)
  })
})
