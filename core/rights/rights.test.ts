import { describe, expect, it } from 'vitest'
import {
  ALL_PERMISSIONS,
  permissionNames,
  toPermissionNames,
  toPermissionSet,
  type PermissionName,
} from '../../contract/permissions.js'
import { demandAbove, demandGivable, OWNER_RANK, STRANGER_RANK } from './ranks.js'
import {
  DIRECT_PERMISSIONS,
  findDenial,
  OWNER_PERMISSIONS,
  permissionsInChannel,
  permissionsInServer,
  permits,
  type Permission,
} from './rights.js'

/** Sets of permissions in short: a letter each, in the order of the enum. */
const letters = 'vsrmidckbRSa'
const toSet = (short: string) =>
  toPermissionSet([...short].map((letter) => permissionNames[letters.indexOf(letter)] as PermissionName))
const toShort = (set: number) =>
  toPermissionNames(set)
    .map((name) => letters[permissionNames.indexOf(name)])
    .join('')

/** `allow` and `deny` of an override, in short: `+s-v`. */
const toOverride = (short: string) => ({
  allow: toSet(/\+(\w*)/.exec(short)?.[1] ?? ''),
  deny: toSet(/-(\w*)/.exec(short)?.[1] ?? ''),
})

describe('what a member may do in a channel', () => {
  it.each<[string, [everyone: string, roles: string, everyones: string, others: string], string]>([
    ['what everyone may', ['vsri', '', '', ''], 'vsri'],
    ['what everyone and their roles may', ['vsri', 'dkba', '', ''], 'vsridkba'],
    ['what their roles alone may', ['', 'vs', '', ''], 'vs'],
    ['nothing where nothing permits', ['', '', '', ''], ''],
    ['nothing where they may not view', ['sri', 'd', '', ''], ''],
    ['nothing, not even manage, without view', ['', 'dcRS', '', ''], ''],
    ['less what everyone is denied', ['vsri', '', '-s', ''], 'vri'],
    ['less what everyone is denied, though a role permits it', ['vr', 's', '-s', ''], 'vr'],
    ['plus what everyone is allowed', ['v', '', '+s', ''], 'vs'],
    ['a view that is allowed', ['s', '', '+v', ''], 'vs'],
    ['no view that is denied', ['vsri', '', '-v', ''], ''],
    ['no view that is denied, whatever else is allowed', ['vsri', '', '+sd-v', ''], ''],
    ['nothing for all members, but for a role', ['vsri', '', '-v', '+v'], 'vsri'],
    ['less what their roles are denied', ['vsri', 'd', '', '-s'], 'vrid'],
    ['plus what their roles are allowed', ['vr', '', '', '+s'], 'vsr'],
    ['what a role is allowed, though another is denied it', ['vs', '', '', '+s-s'], 'vs'],
    ['what a role is denied, though everyone is allowed it', ['v', '', '+s', '-s'], 'v'],
    ['what a role is allowed, though everyone is denied it', ['vs', '', '-s', '+s'], 'vs'],
    ['no view that a role is denied', ['vsri', 'dkba', '', '-v'], ''],
    ['no view that a role is denied, though everyone is allowed it', ['', 's', '+v', '-v'], ''],
    ['what is denied and was not permitted stays so', ['v', '', '-s', '-r'], 'v'],
    ['what is allowed and was permitted stays so', ['vs', '', '+s', '+s'], 'vs'],
    ['a channel to read only', ['vsri', '', '-s', ''], 'vri'],
    ['a channel to read only, where moderators write', ['vsri', 'dkba', '-s', '+s'], 'vsridkba'],
    ['to moderate one channel alone', ['vsri', '', '', '+d'], 'vsrid'],
    ['an admin is hidden from, too', [letters, letters, '', '-v'], ''],
  ])('is %s', (_name, [everyone, roles, everyones, others], expected) => {
    const grounds = {
      isOwner: false,
      everyone: toSet(everyone),
      roles: toSet(roles),
      everyoneOverride: toOverride(everyones),
      rolesOverride: toOverride(others),
    }

    expect(toShort(permissionsInChannel(grounds))).toBe(expected)
  })

  it('is everything for the owner, whatever is denied', () => {
    const none = { allow: 0, deny: ALL_PERMISSIONS }
    const grounds = { isOwner: true, everyone: 0, roles: 0, everyoneOverride: none, rolesOverride: none }

    expect(permissionsInChannel(grounds)).toBe(OWNER_PERMISSIONS)
    expect(permits(permissionsInChannel(grounds), 'own_server')).toBe(true)
  })

  it('is to view, write and react in a direct', () => {
    expect(toShort(DIRECT_PERMISSIONS)).toBe('vsr')
  })
})

describe('what a member may do in a server', () => {
  it.each([
    ['what everyone may', false, 'vi', '', 'vi'],
    ['what everyone and their roles may', false, 'vi', 'kb', 'vikb'],
    ['nothing where no role permits anything', false, '', '', ''],
    ['everything for the owner', true, '', '', letters],
  ])('is %s', (_name, isOwner, everyone, roles, expected) => {
    const found = permissionsInServer({ isOwner, everyone: toSet(everyone), roles: toSet(roles) })

    expect(toShort(found)).toBe(expected)
    expect(permits(found, 'own_server')).toBe(isOwner)
  })
})

describe('a denial', () => {
  it.each<[string, string | undefined, Permission, 'server' | 'channel', string]>([
    ['who may', 'vs', 'send_messages', 'channel', '-'],
    ['who may view', 'v', 'view_channel', 'channel', '-'],
    ['who may not write', 'v', 'send_messages', 'channel', 'permission_denied MISSING_PERMISSION'],
    ['who sees nothing there', '', 'view_channel', 'channel', 'not_found NOT_A_MEMBER'],
    ['who sees nothing there and acts', '', 'manage_channels', 'channel', 'not_found NOT_A_MEMBER'],
    ['who is no member of the channel', undefined, 'send_messages', 'channel', 'not_found NOT_A_MEMBER'],
    ['who is no member of the server', undefined, 'view_channel', 'server', 'not_found NOT_A_MEMBER'],
    ['who is no member and acts', undefined, 'manage_server', 'server', 'not_found NOT_A_MEMBER'],
    ['a member who may nothing reads the server', '', 'view_channel', 'server', '-'],
    ['a member who may nothing acts', '', 'kick_members', 'server', 'permission_denied MISSING_PERMISSION'],
    ['who may manage it', 'S', 'manage_server', 'server', '-'],
    [
      'who may everything but own it',
      letters,
      'own_server',
      'server',
      'permission_denied MISSING_PERMISSION',
    ],
  ])('of %s', (_name, short, permission, place, expected) => {
    const denial = findDenial(short === undefined ? undefined : toSet(short), permission, place)

    expect(denial ? `${denial.code} ${denial.reason}` : '-').toBe(expected)
  })

  it('says what is needed, in the words of the place', () => {
    expect(findDenial(undefined, 'view_channel', 'server')?.message).toContain('This server')
    expect(findDenial(0, 'view_channel', 'channel')?.message).toContain('This channel')
    expect(findDenial(0, 'kick_members', 'server')?.message).toContain('`kick_members`')
    expect(findDenial(0, 'own_server', 'server')?.message).toContain('owner')
  })
})

describe('ranks', () => {
  it.each([
    ['the owner acts on the highest', OWNER_RANK, 250, true],
    ['nobody acts on the owner', 250, OWNER_RANK, false],
    ['a moderator acts on a plain member', 1, 0, true],
    ['a moderator acts on a moderator', 1, 1, false],
    ['a moderator acts on an admin', 1, 2, false],
    ['an admin acts on a moderator', 2, 1, true],
    ['a plain member acts on a plain member', 0, 0, false],
    ['a plain member acts on a stranger', 0, STRANGER_RANK, true],
  ])('%s: %s over %s is %s', (_name, acting, target, may) => {
    const act = () => demandAbove(acting, target, 'member')

    if (may) expect(act).not.toThrow()
    else
      expect(act).toThrowError(
        expect.objectContaining({ code: 'permission_denied', reason: 'NOT_BELOW_YOU' }),
      )
  })
})

describe('what one gives', () => {
  it.each([
    ['nothing', 'vs', '', []],
    ['what one has', 'vsk', 'vk', []],
    ['what one lacks', 'vs', 'vkR', ['kick_members', 'manage_roles']],
  ])('is %s', (_name, own, given, lacking) => {
    const give = () => demandGivable(toSet(own), toSet(given))

    if (lacking.length === 0) return expect(give).not.toThrow()
    expect(give).toThrowError(
      expect.objectContaining({ code: 'permission_denied', reason: 'PERMISSION_NOT_YOURS' }),
    )
    for (const name of lacking) expect(give).toThrowError(name)
  })

  it('is anything for the owner', () => {
    expect(() => demandGivable(OWNER_PERMISSIONS, ALL_PERMISSIONS)).not.toThrow()
  })
})
