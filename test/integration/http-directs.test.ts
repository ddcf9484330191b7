import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { ask, signUp, type SignedUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
let ana: SignedUp
let bo: SignedUp
let cem: SignedUp
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
  ana = await signUp(url)
  bo = await signUp(url)
  cem = await signUp(url)
}, 60_000)
afterAll(() => face.drop())

const open = (by: SignedUp, body: object, headers = {}) =>
  ask(url, 'POST /directs', { token: by.token, body, headers })

it('POST /directs opens the direct of two, the same one whoever asks', async () => {
  const first = await open(ana, { user_id: bo.id })
  const second = await open(bo, { user_id: ana.id })

  expect(first.status).toBe(200)
  expect(first.body).toEqual({
    channel: {
      id: expect.stringMatching(/./),
      created_at: expect.any(String),
      user_ids: [ana.id, bo.id].sort(),
    },
    user: expect.objectContaining({ id: bo.id, username: bo.username }),
    users: [expect.objectContaining({ id: bo.id })],
  })
  expect(second.body.channel).toEqual(first.body.channel)
  expect(second.body.user.id).toBe(ana.id)
})

it('POST /directs makes a group, a new one but for a repeat', async () => {
  const body = { user_ids: [bo.id, cem.id] }
  const first = await open(ana, body, { 'idempotency-key': 'k' })
  const repeat = await open(ana, body, { 'idempotency-key': 'k' })
  const other = await open(ana, body)

  expect(first.status).toBe(201)
  expect(first.body.user).toBeUndefined()
  expect(first.body.users).toHaveLength(2)
  expect(repeat.body).toEqual(first.body)
  expect(other.body.channel.id).not.toBe(first.body.channel.id)
})

it.each([
  ['nobody', {}],
  ['both', { user_id: 'a', user_ids: ['a', 'b'] }],
  ['a group of one', { user_ids: ['a'] }],
  ['a group of ten others', { user_ids: Array.from({ length: 10 }, (_, nth) => `u${nth}`) }],
  ['what is not known', { user_id: 'a', name: 'x' }],
])('POST /directs refuses %s', async (_name, body) => {
  expect(await open(ana, body)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_argument' } },
  })
})

it('GET /directs lists one’s own in pages', async () => {
  const list = (by: SignedUp, query = '') => ask(url, `GET /directs${query}`, { token: by.token })

  const first = await list(bo, '?page_size=2')
  const rest = await list(bo, `?page_size=2&page_token=${first.body.next_page_token}`)

  expect([...first.body.directs, ...rest.body.directs]).toHaveLength(3)
  expect(rest.body.next_page_token).toBeUndefined()
  expect((await list(cem)).body.directs).toHaveLength(2)
})
