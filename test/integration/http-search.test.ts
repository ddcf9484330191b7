import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { eventually } from '../support/chat.js'
import { ask, makeServer, signUp, type SignedUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
}, 60_000)
afterAll(() => face.drop())

const send = async ({ token }: SignedUp, channelId: string, content: string) =>
  (await ask(url, 'POST /messages', { token, body: { channel_id: channelId, content } })).body.message
const search = ({ token }: SignedUp, query: Record<string, string>) =>
  ask(url, `GET /search?${new URLSearchParams(query).toString()}`, { token })

it('GET /search finds what was written, as history shows it, newest first and in pages', async () => {
  const ana = await signUp(url)
  const { channelId } = await makeServer(url, ana)
  const first = await send(ana, channelId, 'Um pão de queijo')
  const second = await send(ana, channelId, 'Dois PÃES, um pao')
  await send(ana, channelId, 'nothing of the kind')

  const { status, body } = await eventually(async () => {
    const found = await search(ana, { q: 'pao' })
    return found.body.messages.length === 2 && found
  })

  expect(status).toBe(200)
  expect(body).toEqual({ messages: [second, first] })
  const page = await search(ana, { q: 'pão', channel_id: channelId, page_size: '1' })
  expect(page.body.messages).toEqual([second])
  const rest = await search(ana, {
    ...{ q: 'pão', channel_id: channelId, page_size: '1' },
    page_token: page.body.next_page_token,
  })
  expect(rest.body.messages).toEqual([first])
  expect(
    (await search(ana, { q: 'pao', before: second.timestamp, after: first.timestamp })).body.messages,
  ).toEqual([first])
  expect((await search(await signUp(url), { q: 'pao' })).body).toEqual({ messages: [] })
})

it.each([
  ['no words', { q: '?!' }, 'query'],
  ['nothing', {}, 'q'],
  ['a time that is none', { q: 'x', before: 'yesterday' }, 'before'],
  ['a page of 51', { q: 'x', page_size: '51' }, 'page_size'],
  ['an unknown parameter', { q: 'x', sort: 'old' }, 'sort'],
])('GET /search refuses %s', async (_case, query, field) => {
  const { status, body } = await search(await signUp(url), query as Record<string, string>)

  expect(status).toBe(400)
  expect(Object.keys(body.error.details)).toEqual([field])
})

it('GET /search does not know a channel that is not there for the user, and nobody without a token', async () => {
  const [ana, bo] = [await signUp(url), await signUp(url)]
  const { id, channelId } = await makeServer(url, ana)

  expect((await search(bo, { q: 'x', channel_id: channelId })).status).toBe(404)
  expect((await search(bo, { q: 'x', server_id: id })).status).toBe(404)
  expect((await ask(url, 'GET /search?q=x')).status).toBe(401)
})
