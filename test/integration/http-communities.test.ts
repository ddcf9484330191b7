import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { ask, makeServer, signUp, type MadeServer, type SignedUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

type Role = { id: string; name: string; permissions: string[]; position: number }

let face: Fresh<HttpFace>
let url: string
let owner: SignedUp
let mod: SignedUp
let member: SignedUp
let stranger: SignedUp
let server: MadeServer
let roles: Record<string, string>
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
  ;[owner, mod, member, stranger] = [
    await signUp(url),
    await signUp(url),
    await signUp(url),
    await signUp(url),
  ]
}, 60_000)
afterAll(() => face?.drop())
beforeEach(async () => {
  server = await makeServer(url, owner, [mod.id, member.id])
  const { body } = await as(owner, `GET /servers/${server.id}/roles`)
  roles = Object.fromEntries(body.roles.map(({ name, id }: Role) => [name, id]))
  await as(owner, `PUT /servers/${server.id}/members/${mod.id}/roles/${roles.moderator}`)
})

const as = ({ token }: SignedUp, what: string, body?: unknown) => ask(url, what, { token, body })
const codeOf = ({ status, body }: { status: number; body: { error?: { reason: string } } }) =>
  status < 300 ? 'ok' : body.error?.reason

describe('roles', () => {
  it('are made, listed, changed, moved and deleted', async () => {
    const path = `/servers/${server.id}/roles`

    const made = await as(owner, `POST ${path}`, { name: 'helper', permissions: ['kick_members'] })
    const { role } = made.body
    const changed = await as(owner, `PATCH ${path}/${role.id}`, { permissions: [], name: 'aide' })
    const moved = await as(owner, `PATCH ${path}/${role.id}`, { position: 2 })
    const listed = await as(member, `GET ${path}?page_size=3`)
    const rest = await as(member, `GET ${path}?page_token=${listed.body.next_page_token}`)
    const deleted = await as(owner, `DELETE ${path}/${role.id}`)

    expect(made.status).toBe(201)
    expect(role).toMatchObject({ name: 'helper', permissions: ['kick_members'], position: 1 })
    expect(changed.body.role).toMatchObject({ name: 'aide', permissions: [], position: 1 })
    expect(moved.body.role.position).toBe(2)
    expect(listed.body.roles.map(({ name }: Role) => name)).toEqual(['everyone', 'moderator', 'aide'])
    expect(rest.body.roles.map(({ name }: Role) => name)).toEqual(['admin'])
    expect(deleted.status).toBe(204)
  })

  it('are given and taken, and are told with the member', async () => {
    const path = `/servers/${server.id}/members/${member.id}/roles/${roles.admin}`

    const given = await as(owner, `PUT ${path}`)
    const taken = await as(owner, `DELETE ${path}`)

    expect(given.body.member).toMatchObject({ user: { id: member.id }, role_ids: [roles.admin] })
    expect(taken.body.member.role_ids).toEqual([])
  })

  it('give nobody more than the giver has, nor power over those above', async () => {
    const managers = { name: 'managers', permissions: ['manage_roles'] }
    const { body } = await as(owner, `POST /servers/${server.id}/roles`, managers)
    await as(owner, `PATCH /servers/${server.id}/roles/${body.role.id}`, { position: 2 })
    await as(owner, `PUT /servers/${server.id}/members/${member.id}/roles/${body.role.id}`)
    const rolePath = `/servers/${server.id}/roles`
    const ofMod = `/servers/${server.id}/members/${mod.id}/roles`

    const said = [
      await as(member, `POST ${rolePath}`, { name: 'a', permissions: ['manage_server'] }),
      await as(member, `POST ${rolePath}`, { name: 'a', permissions: ['manage_roles', 'view_channel'] }),
      await as(member, `PATCH ${rolePath}/${roles.admin}`, { name: 'b' }),
      await as(member, `PATCH ${rolePath}/${body.role.id}`, { permissions: [] }),
      await as(member, `PATCH ${rolePath}/${roles.moderator}`, { permissions: ['manage_server'] }),
      await as(member, `PUT ${ofMod}/${roles.admin}`),
      await as(member, `DELETE ${ofMod}/${roles.moderator}`),
      await as(member, `PUT ${ofMod}/${roles.moderator}`),
      await as(member, `PUT /servers/${server.id}/members/${owner.id}/roles/${roles.moderator}`),
      await as(mod, `POST ${rolePath}`, { name: 'c', permissions: [] }),
      await as(stranger, `POST ${rolePath}`, { name: 'c', permissions: [] }),
      await as(owner, `DELETE ${rolePath}/${server.id}`),
      await as(owner, `PATCH ${rolePath}/${server.id}`, { name: 'all' }),
    ].map(codeOf)

    expect(said).toEqual([
      'PERMISSION_NOT_YOURS',
      'ok',
      'NOT_BELOW_YOU',
      'NOT_BELOW_YOU',
      'PERMISSION_NOT_YOURS',
      'NOT_BELOW_YOU',
      'ok',
      'PERMISSION_NOT_YOURS',
      'NOT_BELOW_YOU',
      'MISSING_PERMISSION',
      'NOT_A_MEMBER',
      'ROLE_OF_EVERYONE',
      'ROLE_OF_EVERYONE',
    ])
  })

  it('refuse what is no permission, and name the field', async () => {
    const { status, body } = await as(owner, `POST /servers/${server.id}/roles`, {
      name: 'x',
      permissions: ['fly'],
    })

    expect(status).toBe(400)
    expect(Object.keys(body.error.details)).toEqual(['permissions[0]'])
  })
})

describe('channels', () => {
  it('have a topic and slow mode', async () => {
    const path = `/channels/${server.channelId}`

    const changed = await as(owner, `PATCH ${path}`, { topic: 'Tea 🍵', slow_mode_s: 30 })
    const nothing = await as(owner, `PATCH ${path}`, {})

    expect(changed.body.channel).toMatchObject({ name: 'general', topic: 'Tea 🍵', slow_mode_s: 30 })
    expect((await as(member, `GET ${path}`)).body).toEqual(changed.body)
    expect(nothing.status).toBe(400)
  })

  it('are shown to whom overrides let view them, and to nobody else', async () => {
    const made = await as(owner, `POST /servers/${server.id}/channels`, { name: 'staff' })
    const path = `/channels/${made.body.channel.id}`
    await as(owner, `PUT ${path}/overrides/${server.id}`, { deny: ['view_channel'] })
    const { body } = await as(owner, `PUT ${path}/overrides/${roles.moderator}`, { allow: ['view_channel'] })
    const namesFor = async (who: SignedUp) =>
      (await as(who, `GET /servers/${server.id}`)).body.server.channels.map(({ name }: Role) => name)

    expect(body.channel.overrides).toEqual([
      { role_id: server.id, allow: [], deny: ['view_channel'] },
      { role_id: roles.moderator, allow: ['view_channel'], deny: [] },
    ])
    expect(await namesFor(mod)).toEqual(['general', 'staff'])
    expect(await namesFor(member)).toEqual(['general'])
    expect((await as(mod, `GET /history?channel_id=${made.body.channel.id}`)).status).toBe(200)
    for (const what of [`GET ${path}`, `DELETE ${path}`, `GET /history?channel_id=${made.body.channel.id}`])
      expect((await as(member, what)).body.error).toMatchObject({ code: 'not_found', reason: 'NOT_A_MEMBER' })
    expect((await as(mod, `PATCH ${path}`, { topic: 'x' })).status).toBe(403)
    await as(owner, `DELETE ${path}/overrides/${server.id}`)
    expect(await namesFor(member)).toEqual(['general', 'staff'])
  })

  it('refuse an override that contradicts itself, or is of no role', async () => {
    const path = `/channels/${server.channelId}/overrides`

    const both = await as(owner, `PUT ${path}/${server.id}`, {
      allow: ['send_messages'],
      deny: ['send_messages'],
    })
    const none = await as(owner, `PUT ${path}/nothing`, { deny: ['send_messages'] })

    expect(Object.keys(both.body.error.details)).toEqual(['deny'])
    expect(codeOf(none)).toBe('ROLE_NOT_FOUND')
  })
})

describe('invites', () => {
  it('let users in, for as long and as often as they allow', async () => {
    const made = await as(member, `POST /servers/${server.id}/invites`, { max_uses: 1, expires_in_s: 3_600 })
    const { invite } = made.body
    const seen = await as(stranger, `GET /invites/${invite.code}`)
    const again = await as(member, `POST /invites/${invite.code}`)
    const newcomer = await signUp(url)
    const joined = await as(newcomer, `POST /invites/${invite.code}`)
    const late = await as(stranger, `POST /invites/${invite.code}`)

    expect(made.status).toBe(201)
    expect(seen.body).toMatchObject({ server: { id: server.id, name: 'Tea' }, member_count: 3 })
    expect(again.body.server.id).toBe(server.id)
    expect(joined.body.server).toMatchObject({ id: server.id, channels: [{ name: 'general' }] })
    expect(codeOf(late)).toBe('INVITE_NOT_FOUND')
    expect((await as(owner, `GET /servers/${server.id}/invites`)).body.invites).toEqual([])
  })

  it('take no body as well, are listed for managers, and go by their maker or a manager', async () => {
    const codes = []
    for (const who of [member, mod, owner])
      codes.push((await as(who, `POST /servers/${server.id}/invites`)).body.invite.code)
    const path = `/servers/${server.id}/invites`

    const first = await as(owner, `GET ${path}?page_size=2`)
    const rest = await as(owner, `GET ${path}?page_size=2&page_token=${first.body.next_page_token}`)
    const said = [
      await as(member, `GET ${path}`),
      await as(member, `DELETE /invites/${codes[1]}`),
      await as(stranger, `DELETE /invites/${codes[0]}`),
      await as(member, `DELETE /invites/${codes[0]}`),
      await as(owner, `DELETE /invites/${codes[1]}`),
      await as(member, `GET /invites/${codes[0]}`),
    ].map(codeOf)

    const listed = [...first.body.invites, ...rest.body.invites].map(({ code }: { code: string }) => code)
    expect(listed).toEqual([...codes].sort())
    expect(said).toEqual([
      'MISSING_PERMISSION',
      'MISSING_PERMISSION',
      'NOT_A_MEMBER',
      'ok',
      'ok',
      'INVITE_NOT_FOUND',
    ])
  })
})

describe('bans', () => {
  it('take members out, and no invite lets them back in', async () => {
    const { invite } = (await as(owner, `POST /servers/${server.id}/invites`)).body
    const path = `/servers/${server.id}/bans`

    const banned = await as(mod, `PUT ${path}/${member.id}`, { reason: 'spam' })
    const said = [
      await as(member, `GET /servers/${server.id}`),
      await as(member, `POST /invites/${invite.code}`),
      await as(owner, `PUT /servers/${server.id}/members/${member.id}`),
      await as(mod, `PUT ${path}/${owner.id}`),
      await as(mod, `PUT ${path}/${mod.id}`),
      await as(mod, `PUT ${path}/${stranger.id}`),
      await as(stranger, `GET ${path}`),
    ].map(codeOf)
    const listed = await as(mod, `GET ${path}`)
    await as(mod, `DELETE ${path}/${member.id}`)

    expect(banned.body.ban).toMatchObject({ user_id: member.id, banned_by: mod.id, reason: 'spam' })
    expect(said).toEqual([
      'NOT_A_MEMBER',
      'BANNED',
      'BANNED',
      'NOT_BELOW_YOU',
      'OWN_BAN',
      'ok',
      'NOT_A_MEMBER',
    ])
    expect(listed.body.bans).toHaveLength(2)
    expect((await as(member, `POST /invites/${invite.code}`)).status).toBe(200)
  })
})

describe('members', () => {
  it('are taken out by who stands above them alone', async () => {
    const path = `/servers/${server.id}/members`
    await as(owner, `PUT ${path}/${stranger.id}/roles/${roles.moderator}`)

    const said = [
      await as(member, `DELETE ${path}/${mod.id}`),
      await as(mod, `DELETE ${path}/${owner.id}`),
      await as(mod, `DELETE ${path}/${member.id}`),
      await as(mod, `DELETE ${path}/${member.id}`),
      await as(owner, `DELETE ${path}/${owner.id}`),
      await as(mod, `DELETE ${path}/${mod.id}`),
    ].map(codeOf)

    expect(said).toEqual(['MISSING_PERMISSION', 'NOT_BELOW_YOU', 'ok', 'ok', 'OWNER_CANNOT_LEAVE', 'ok'])
  })
})

describe('the owner', () => {
  it('gives the server to another member, and then may leave it', async () => {
    const path = `/servers/${server.id}/owner`

    const said = [
      await as(mod, `PUT ${path}`, { user_id: mod.id }),
      await as(owner, `PUT ${path}`, { user_id: stranger.id }),
      await as(owner, `PUT ${path}`, { user_id: mod.id }),
      await as(owner, `DELETE /servers/${server.id}`),
      await as(mod, `DELETE /servers/${server.id}/members/${owner.id}`),
      await as(mod, `DELETE /servers/${server.id}`),
    ].map(codeOf)

    expect(said).toEqual(['MISSING_PERMISSION', 'USER_NOT_A_MEMBER', 'ok', 'MISSING_PERMISSION', 'ok', 'ok'])
  })
})

describe('the audit log', () => {
  it('tells who did what to whom and why, newest first, in pages, to those who may read it', async () => {
    await as(mod, `PUT /servers/${server.id}/bans/${member.id}`, { reason: 'spam' })
    await as(owner, `PATCH /servers/${server.id}`, { name: 'Coffee' })
    const path = `/servers/${server.id}/audit`

    const first = await as(mod, `GET ${path}?page_size=1`)
    const rest = await as(mod, `GET ${path}?page_token=${first.body.next_page_token}&page_size=1`)

    const at = expect.stringMatching(/Z$/)
    const id = expect.stringMatching(/./)
    expect(first.body.entries).toEqual([{ id, actor_id: owner.id, action: 'server_updated', at }])
    expect(rest.body.entries).toEqual([
      { id, actor_id: mod.id, action: 'user_banned', target_id: member.id, reason: 'spam', at },
    ])
    await as(owner, `PUT /servers/${server.id}/members/${stranger.id}`)
    expect(codeOf(await as(stranger, `GET ${path}`))).toBe('MISSING_PERMISSION')
  })
})
