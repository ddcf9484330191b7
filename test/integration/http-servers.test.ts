import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { ask, makeServer, signUp, type SignedUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
let owner: SignedUp
let member: SignedUp
let stranger: SignedUp
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
  owner = await signUp(url)
  member = await signUp(url)
  stranger = await signUp(url)
}, 60_000)
afterAll(() => face.drop())

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const as = ({ token }: SignedUp, body?: unknown) => ({ token, ...(body !== undefined && { body }) })
const madeServer = () => makeServer(url, owner, [member.id])

describe('POST /servers', () => {
  it('makes a server with a first channel, which is the announcement channel', async () => {
    const { status, body } = await ask(url, 'POST /servers', as(owner, { name: 'Chá 🍵' }))

    expect(status).toBe(201)
    const channelId = body.server.announcement_channel_id
    expect(body).toEqual({
      server: {
        id: expect.stringMatching(/./),
        name: 'Chá 🍵',
        owner_id: owner.id,
        announcement_channel_id: expect.stringMatching(/./),
        channels: [{ id: channelId, name: 'general' }],
        roles: [
          {
            id: body.server.id,
            name: 'everyone',
            permissions: ['view_channel', 'send_messages', 'add_reactions', 'create_invites'],
            position: 0,
          },
          expect.objectContaining({ name: 'moderator', position: 1 }),
          expect.objectContaining({ name: 'admin', position: 2 }),
        ],
        created_at: time,
      },
    })
  })

  it('makes the given users members', async () => {
    const { id } = await madeServer()

    const { body } = await ask(url, `GET /servers/${id}/members`, as(owner))

    expect(body.members.map(({ user }: { user: { id: string } }) => user.id).sort()).toEqual(
      [owner.id, member.id].sort(),
    )
  })

  it.each([
    ['no name', {}, 'name'],
    ['a blank name', { name: ' ' }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['members that are no list', { name: 'Tea', member_ids: 'x' }, 'member_ids'],
    ['a member that is no text', { name: 'Tea', member_ids: [7] }, 'member_ids[0]'],
    ['an unknown field', { name: 'Tea', colour: 'green' }, 'colour'],
  ])('refuses %s and names the field', async (_case, given, field) => {
    const { status, body } = await ask(url, 'POST /servers', as(owner, given))

    expect(status).toBe(400)
    expect(body.error.code).toBe('invalid_argument')
    expect(Object.keys(body.error.details)).toEqual([field])
  })

  it('refuses a member who is not there', async () => {
    const { status, body } = await ask(
      url,
      'POST /servers',
      as(owner, { name: 'Tea', member_ids: ['nobody'] }),
    )

    expect(status).toBe(404)
    expect(body.error.code).toBe('not_found')
  })
})

describe('GET /servers', () => {
  it('lists the servers of the acting user in pages, oldest first', async () => {
    const user = await signUp(url)
    const ids = [await makeServer(url, user), await makeServer(url, user), await makeServer(url, user)].map(
      ({ id }) => id,
    )

    const first = await ask(url, 'GET /servers?page_size=2', as(user))
    const second = await ask(
      url,
      `GET /servers?page_size=2&page_token=${first.body.next_page_token}`,
      as(user),
    )

    const idsOf = ({ servers }: { servers: { id: string }[] }) => servers.map(({ id }) => id)
    expect(idsOf(first.body)).toEqual(ids.slice(0, 2))
    expect(idsOf(second.body)).toEqual(ids.slice(2))
    expect(second.body).not.toHaveProperty('next_page_token')
  })

  it.each(['page_size=0', 'page_size=101', 'page_size=x', 'page_token=x', 'colour=green'])(
    'refuses ?%s',
    async (query) => {
      const { status, body } = await ask(url, `GET /servers?${query}`, as(owner))

      expect(status).toBe(400)
      expect(body.error.code).toBe('invalid_argument')
      expect(Object.keys(body.error.details)).toEqual([query.split('=')[0]])
    },
  )
})

describe('/servers/:id', () => {
  it('shows the server to its members, and to nobody else', async () => {
    const { id } = await madeServer()

    expect((await ask(url, `GET /servers/${id}`, as(member))).body.server.id).toBe(id)
    expect((await ask(url, `GET /servers/${id}`, as(stranger))).status).toBe(404)
    expect((await ask(url, 'GET /servers/nothing', as(owner))).status).toBe(404)
  })

  it('is renamed by its owner only', async () => {
    const { id } = await madeServer()

    const renamed = await ask(url, `PATCH /servers/${id}`, as(owner, { name: 'Coffee' }))
    const refused = await ask(url, `PATCH /servers/${id}`, as(member, { name: 'Milk' }))

    expect(renamed.status).toBe(200)
    expect(renamed.body.server).toMatchObject({ id, name: 'Coffee' })
    expect(refused.status).toBe(403)
    expect(refused.body.error.code).toBe('permission_denied')
    expect((await ask(url, `GET /servers/${id}`, as(member))).body.server.name).toBe('Coffee')
  })

  it('is deleted by its owner only', async () => {
    const { id } = await madeServer()

    expect((await ask(url, `DELETE /servers/${id}`, as(member))).status).toBe(403)
    expect((await ask(url, `DELETE /servers/${id}`, as(owner))).status).toBe(204)
    expect((await ask(url, `GET /servers/${id}`, as(owner))).status).toBe(404)
  })

  it('takes a bare request that names a content type', async () => {
    const { id } = await madeServer()

    const { status } = await ask(url, `DELETE /servers/${id}`, {
      ...as(owner),
      headers: { 'content-type': 'application/json' },
    })

    expect(status).toBe(204)
  })

  it('refuses a body where none belongs', async () => {
    const { id } = await madeServer()

    const { status, body } = await ask(url, `DELETE /servers/${id}`, as(owner, { really: true }))

    expect(status).toBe(400)
    expect(body.error.details).toEqual({ really: 'is not known here' })
  })
})

describe('channels', () => {
  it('are made, renamed and deleted by the owner', async () => {
    const { id, channelId } = await madeServer()

    const made = await ask(url, `POST /servers/${id}/channels`, as(owner, { name: 'green' }))
    const path = `/channels/${made.body.channel.id}`
    const renamed = await ask(url, `PATCH ${path}`, as(owner, { name: 'black' }))

    expect(made.status).toBe(201)
    expect(made.body.channel).toEqual({
      id: expect.stringMatching(/./),
      server_id: id,
      name: 'green',
      topic: '',
      slow_mode_s: 0,
      overrides: [],
      created_at: time,
    })
    expect(renamed.status).toBe(200)
    expect(renamed.body.channel).toEqual({ ...made.body.channel, name: 'black' })
    const { body } = await ask(url, `GET /servers/${id}`, as(member))
    expect(body.server.channels).toEqual([
      { id: channelId, name: 'general' },
      { id: made.body.channel.id, name: 'black' },
    ])
    expect((await ask(url, `DELETE ${path}`, as(owner))).status).toBe(204)
    expect((await ask(url, `PATCH ${path}`, as(owner, { name: 'white' }))).status).toBe(404)
  })

  it('are not changed by others', async () => {
    const { id, channelId } = await madeServer()

    expect((await ask(url, `POST /servers/${id}/channels`, as(member, { name: 'x' }))).status).toBe(403)
    expect((await ask(url, `PATCH /channels/${channelId}`, as(member, { name: 'x' }))).status).toBe(403)
    expect((await ask(url, `DELETE /channels/${channelId}`, as(member))).status).toBe(403)
    expect((await ask(url, `PATCH /channels/${channelId}`, as(stranger, { name: 'x' }))).status).toBe(404)
  })

  it('keep the announcement channel', async () => {
    const { channelId } = await madeServer()

    const { status, body } = await ask(url, `DELETE /channels/${channelId}`, as(owner))

    expect(status).toBe(400)
    expect(body.error.code).toBe('failed_precondition')
  })

  it('need a name', async () => {
    const { id } = await madeServer()

    const { status, body } = await ask(url, `POST /servers/${id}/channels`, as(owner, { name: '' }))

    expect(status).toBe(400)
    expect(Object.keys(body.error.details)).toEqual(['name'])
  })
})

describe('members', () => {
  it('are added by the owner, and again without a change', async () => {
    const { id } = await madeServer()
    const path = `PUT /servers/${id}/members/${stranger.id}`

    const first = await ask(url, path, as(owner))
    const again = await ask(url, path, as(owner))

    expect(first.status).toBe(200)
    expect(first.body).toEqual({
      member: { user: expect.objectContaining({ id: stranger.id }), role_ids: [], joined_at: time },
    })
    expect(again.body).toEqual(first.body)
    expect((await ask(url, path, as(member))).status).toBe(403)
    expect((await ask(url, `PUT /servers/${id}/members/nobody`, as(owner))).status).toBe(404)
  })

  it('are removed by the owner, or leave', async () => {
    const { id } = await makeServer(url, owner, [member.id, stranger.id])

    expect((await ask(url, `DELETE /servers/${id}/members/${stranger.id}`, as(member))).status).toBe(403)
    expect((await ask(url, `DELETE /servers/${id}/members/${stranger.id}`, as(owner))).status).toBe(204)
    expect((await ask(url, `DELETE /servers/${id}/members/${member.id}`, as(member))).status).toBe(204)

    const { body } = await ask(url, `GET /servers/${id}/members`, as(owner))
    expect(body.members).toEqual([
      { user: expect.objectContaining({ id: owner.id }), role_ids: [], joined_at: time },
    ])
  })

  it('keep their owner', async () => {
    const { id } = await madeServer()

    const { status, body } = await ask(url, `DELETE /servers/${id}/members/${owner.id}`, as(owner))

    expect(status).toBe(400)
    expect(body.error.code).toBe('failed_precondition')
  })

  it('are listed in pages', async () => {
    const { id } = await makeServer(url, owner, [member.id, stranger.id])

    const first = await ask(url, `GET /servers/${id}/members?page_size=2`, as(member))
    const token = first.body.next_page_token
    const second = await ask(url, `GET /servers/${id}/members?page_size=2&page_token=${token}`, as(member))

    const all = [...first.body.members, ...second.body.members].map(({ user }) => user.id)
    expect(first.body.members).toHaveLength(2)
    expect(all).toEqual([owner.id, member.id, stranger.id].sort())
    expect((await ask(url, `GET /servers/${id}/members?page_size=1001`, as(member))).status).toBe(400)
  })
})

describe('PUT /servers/:id/moderation', () => {
  it('sets the blocked words, for the owner only', async () => {
    const { id } = await madeServer()
    const given = { blocked_words: ['spam', 'ßpäm'] }

    const { status, body } = await ask(url, `PUT /servers/${id}/moderation`, as(owner, given))

    expect(status).toBe(200)
    expect(body.blocked_words.toSorted()).toEqual(['spam', 'sspäm'])
    expect((await ask(url, `PUT /servers/${id}/moderation`, as(member, given))).status).toBe(403)
  })

  it.each([
    ['no words', {}, 'blocked_words'],
    ['a word that is no text', { blocked_words: [1] }, 'blocked_words[0]'],
    ['an unknown field', { blocked_words: [], mode: 'strict' }, 'mode'],
  ])('refuses %s and names the field', async (_case, given, field) => {
    const { id } = await madeServer()

    const { status, body } = await ask(url, `PUT /servers/${id}/moderation`, as(owner, given))

    expect(status).toBe(400)
    expect(Object.keys(body.error.details)).toEqual([field])
  })
})
