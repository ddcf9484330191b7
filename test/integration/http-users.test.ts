import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { ask, signUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
}, 60_000)
afterAll(() => face.drop())

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('POST /users', () => {
  it('makes a user and signs in', async () => {
    const { status, body } = await ask(url, 'POST /users', {
      body: { username: 'Ana', password: 'caixa postal' },
    })

    expect(status).toBe(201)
    expect(body).toEqual({
      user: { id: expect.stringMatching(/./), username: 'Ana', created_at: time },
      token: expect.stringMatching(/./),
    })
    const me = await ask(url, 'GET /users/me', { token: body.token })
    expect(me.body).toEqual({ user: body.user })
  })

  it('refuses a name that is taken', async () => {
    const { username } = await signUp(url)

    const { status, body } = await ask(url, 'POST /users', { body: { username, password: 'caixa postal' } })

    expect(status).toBe(409)
    expect(body.error).toMatchObject({ code: 'already_exists', retryable: false })
  })

  it.each([
    ['a blank name', { username: '  ', password: 'caixa postal' }, 'username'],
    ['a name of 33 characters', { username: 'x'.repeat(33), password: 'caixa postal' }, 'username'],
    ['a name with a line break', { username: 'a\nb', password: 'caixa postal' }, 'username'],
    ['a name with a lone surrogate', { username: 'a\ud800', password: 'caixa postal' }, 'username'],
    ['a short password', { username: 'Rui', password: '1234567' }, 'password'],
    ['no password', { username: 'Rui' }, 'password'],
    ['a number for a name', { username: 5, password: 'caixa postal' }, 'username'],
    ['an unknown field', { username: 'Rui', password: 'caixa postal', admin: true }, 'admin'],
  ])('refuses %s and names the field', async (_case, given, field) => {
    const { status, body } = await ask(url, 'POST /users', { body: given })

    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'invalid_argument', retryable: false })
    expect(Object.keys(body.error.details)).toEqual([field])
  })
})

describe('sessions', () => {
  it('begin with POST /sessions', async () => {
    const { id, username } = await signUp(url)

    const { status, body } = await ask(url, 'POST /sessions', {
      body: { username, password: 'caixa postal' },
    })

    expect(status).toBe(201)
    expect(body).toEqual({ user: { id, username, created_at: time }, token: expect.stringMatching(/./) })
    expect((await ask(url, 'GET /users/me', { token: body.token })).status).toBe(200)
  })

  it.each([
    ['a wrong password', 'nobody’s password'],
    ['a password that nobody can have', 'x'],
  ])('do not begin with %s', async (_case, password) => {
    const { username } = await signUp(url)

    const { status, headers, body } = await ask(url, 'POST /sessions', { body: { username, password } })

    expect(status).toBe(401)
    expect(body.error.code).toBe('unauthenticated')
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  it('are refused for a name after ten wrong passwords, and for no other', async () => {
    const { username } = await signUp(url)
    const { username: other } = await signUp(url)
    const signIn = (name: string, password: string) =>
      ask(url, 'POST /sessions', { body: { username: name, password } })
    for (let n = 0; n < 10; n++) expect((await signIn(username, 'wrong password')).status).toBe(401)

    const refused = await signIn(username, 'caixa postal')

    expect(refused.status).toBe(429)
    expect(refused.body.error).toMatchObject({ code: 'resource_exhausted', retryable: true })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await signIn(other, 'caixa postal')).status).toBe(201)
  })

  it('do not tell whether a name exists', async () => {
    const { username } = await signUp(url)

    const known = await ask(url, 'POST /sessions', { body: { username, password: 'wrong password' } })
    const unknown = await ask(url, 'POST /sessions', {
      body: { username: 'nobody', password: 'wrong password' },
    })

    expect(unknown.body).toEqual(known.body)
  })

  it('end with DELETE /sessions, and others of the user go on', async () => {
    const { username, token } = await signUp(url)
    const other = await ask(url, 'POST /sessions', { body: { username, password: 'caixa postal' } })

    const { status, body } = await ask(url, 'DELETE /sessions', { token })

    expect(status).toBe(204)
    expect(body).toBeUndefined()
    expect((await ask(url, 'GET /users/me', { token })).status).toBe(401)
    expect((await ask(url, 'GET /users/me', { token: other.body.token })).status).toBe(200)
  })
})

describe('GET /users', () => {
  it('shows anybody to who is signed in', async () => {
    const [reader, other] = [await signUp(url), await signUp(url)]

    const { status, body } = await ask(url, `GET /users/${other.id}`, { token: reader.token })

    expect(status).toBe(200)
    expect(body).toEqual({ user: { id: other.id, username: other.username, created_at: time } })
  })

  it('does not know a user who is not there', async () => {
    const { token } = await signUp(url)

    const { status, body } = await ask(url, 'GET /users/nobody', { token })

    expect(status).toBe(404)
    expect(body.error.code).toBe('not_found')
  })
})

it.each([
  'GET /users/me',
  'GET /users/x',
  'DELETE /sessions',
  'POST /servers',
  'GET /servers',
  'GET /servers/x',
  'PATCH /servers/x',
  'DELETE /servers/x',
  'POST /servers/x/channels',
  'GET /channels/x',
  'PATCH /channels/x',
  'DELETE /channels/x',
  'GET /servers/x/members',
  'PUT /servers/x/members/y',
  'DELETE /servers/x/members/y',
  'PUT /servers/x/moderation',
  'POST /messages',
  'GET /history?channel_id=x',
])('%s refuses who has no token, or a wrong one', async (what) => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }]) {
    const answer = await ask(url, what, { headers })

    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.body.error).toMatchObject({ code: 'unauthenticated', retryable: false })
  }
})
