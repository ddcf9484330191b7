import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Api } from './api.js'

let server: Server
let api: Api
/** What was asked, in order. */
let asked: string[]
/** Answers what was asked as the nth, from 0. */
let answer: (nth: number, response: ServerResponse) => void

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => answer(asked.length - 1, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  api = new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterEach(() => server.close())

const respond = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const account = { user: { id: 'u1' }, token: 't1' }

describe('a sign-up', () => {
  it('whose answer was lost finds its own name taken, and signs in', async () => {
    answer = (nth, response) => {
      if (nth === 0) response.destroy()
      else if (nth === 1) respond(response, 409, { error: { code: 'already_exists' } })
      else respond(response, 201, account)
    }

    expect(await api.signUp('ana', 'correct horse')).toEqual({ id: 'u1', token: 't1' })
    expect(asked).toEqual(['POST /users', 'POST /users', 'POST /sessions'])
  })

  it("of somebody else's name is refused", async () => {
    answer = (nth, response) => respond(response, nth === 0 ? 409 : 401, { error: {} })

    await expect(api.signUp('ana', 'correct horse')).rejects.toMatchObject({ status: 401 })
  })
})

describe('any other request', () => {
  it('is tried again while the fault may pass, and no longer', async () => {
    answer = (nth, response) => respond(response, [503, 409][nth] ?? 500, { error: {} })

    await expect(api.createServer({ id: 'u', token: 't' }, 'home', [])).rejects.toMatchObject({ status: 409 })
    expect(asked).toHaveLength(2)
  })
})
