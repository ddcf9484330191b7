import { describe, expect, it } from 'vitest'
import { demand, demandRemoval, findDenial, toStanding, type Permission, type Standing } from './rights.js'

const all: Permission[] = [
  ...(['view_channel', 'send_messages', 'manage_channels'] as const),
  ...(['kick_members', 'manage_server', 'own_server'] as const),
]

describe('rights', () => {
  it.each<[Standing, string[]]>([
    ['owner', ['-', '-', '-', '-', '-', '-']],
    ['member', ['-', '-', ...Array.from({ length: 4 }, () => 'permission_denied MISSING_PERMISSION')]],
    ['participant', ['-', '-', ...Array.from({ length: 4 }, () => 'permission_denied MISSING_PERMISSION')]],
    ['stranger', Array.from({ length: 6 }, () => 'not_found NOT_A_MEMBER')],
  ])('of the %s', (standing, expected) => {
    const said = all.map((permission) => {
      const denial = findDenial(standing, permission, 'server')
      return denial ? `${denial.code} ${denial.reason}` : '-'
    })
    expect(said).toEqual(expected)
  })

  it('are told of in the words of the place', () => {
    expect(findDenial('stranger', 'view_channel', 'server')?.message).toContain('This server')
    expect(findDenial('stranger', 'view_channel', 'channel')?.message).toContain('This channel')
  })

  it('go by who is what to whom', () => {
    expect(toStanding('ana', 'ana')).toBe('owner')
    expect(toStanding('bo', 'ana')).toBe('member')
    expect(toStanding('ana', null)).toBe('participant')
    expect(toStanding('ana', undefined)).toBe('stranger')
  })

  it.each([
    ['the owner takes a member out', 'ana', 'bo', undefined],
    ['a member leaves', 'bo', 'bo', undefined],
    ['a member takes another out', 'bo', 'cem', 'permission_denied'],
    ['a member takes the owner out', 'bo', 'ana', 'permission_denied'],
    ['the owner leaves', 'ana', 'ana', 'failed_precondition'],
  ])('to remove: %s', (_name, actingUserId, removedUserId, code) => {
    const remove = () => demandRemoval({ owner_id: 'ana' }, actingUserId, removedUserId)
    if (code === undefined) expect(remove).not.toThrow()
    else expect(remove).toThrowError(expect.objectContaining({ code }))
  })

  it('give what was found to who may have it', () => {
    const server = { owner_id: 'ana', name: 'A' }
    expect(demand(server, 'bo', 'view_channel', 'server')).toBe(server)
    expect(() => demand(server, 'bo', 'manage_server', 'server')).toThrowError(
      expect.objectContaining({ code: 'permission_denied' }),
    )
    expect(() => demand(undefined, 'bo', 'view_channel', 'server')).toThrowError(
      expect.objectContaining({ code: 'not_found' }),
    )
  })
})
