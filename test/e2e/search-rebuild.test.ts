import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, makeServer, profiles, signUp, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

const run = promisify(execFile)

/** Runs `recado`; resolves with what it has printed and its exit code. */
async function recado(env: Record<string, string>, ...words: string[]) {
  const { stdout, stderr, code } = await run(process.execPath, ['bin/recado.mjs', ...words], {
    env: { ...process.env, ...env },
  }).then(
    (printed) => ({ ...printed, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
  return { stdout, stderr, code }
}

describe.each(profiles)('search (%s)', (profile) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer(profile)
  }, 120_000)
  afterAll(() => server?.stop(), 60_000)

  const search = async (person: Person, q: string) => {
    const { body } = await person.call('GET', `/search?q=${encodeURIComponent(q)}`)
    return (body as unknown as { messages: { content: string }[] }).messages.map(({ content }) => content)
  }
  const program = () => (profile === 'embedded' ? 'embedded' : 'core')

  it('loses nothing when core is killed while it indexes', async () => {
    const ana = await signUp(server.url)
    const { channelId } = await makeServer(ana)
    const send = (content: string) =>
      ana.call('POST', '/messages', { channel_id: channelId, content, nonce: content })
    const sending = Array.from({ length: 60 }, (_, index) => send(`piece ${index} of cake`))
    const [first] = await Promise.all(sending.slice(0, 20))

    process.kill(server.pids[program()] ?? 0, 'SIGKILL')
    await Promise.allSettled(sending)
    await server.restart(program())
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        eventually(async () => (await send(`piece ${index} of cake`)).status === 201),
      ),
    )

    await eventually(async () => (await search(ana, 'piece 59')).length === 1)
    const found: string[] = []
    const path = `/search?q=cake&channel_id=${channelId}&page_size=50`
    for (let token: string | undefined = ''; token !== undefined;) {
      const { body } = await ana.call('GET', token ? `${path}&page_token=${token}` : path)
      const page = body as unknown as { messages: { content: string }[]; next_page_token?: string }
      found.push(...page.messages.map(({ content }) => content))
      token = page.next_page_token
    }
    expect(found.sort()).toEqual(Array.from({ length: 60 }, (_, index) => `piece ${index} of cake`).sort())
    expect(first?.status).toBe(201)
  }, 120_000)

  it('is built anew by `recado search rebuild`, which waits for it and ends well', async () => {
    const ana = await signUp(server.url)
    const { channelId } = await makeServer(ana)
    await ana.call('POST', '/messages', { channel_id: channelId, content: 'Pão de queijo' })

    const { stdout, code } = await recado(server.env, 'search', 'rebuild')

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/All messages of \d+ channels are indexed\.\n$/),
    ])
    expect(await search(ana, 'pao')).toEqual(['Pão de queijo'])
    expect((await recado(server.env, 'search', 'rebuild', '--no-wait')).code).toBe(0)
  }, 60_000)

  it('tells how it is used, and what is wrong', async () => {
    expect(await recado(server.env, '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('search rebuild') as string,
    })
    expect(await recado(server.env, 'search', 'destroy')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('search destroy') as string,
    })
    expect(await recado(server.env, 'search', 'rebuild', '--fast')).toMatchObject({ code: 2 })
    const wrong = { ...server.env, RECADO_CORE_URLS: '127.0.0.1:1' }
    expect(await recado(wrong, 'search', 'rebuild')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('127.0.0.1:1') as string,
    })
  }, 60_000)
})
