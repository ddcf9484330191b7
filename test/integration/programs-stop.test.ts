import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const projectDir = fileURLToPath(new URL('../../', import.meta.url))

/** Takes connections and never says a word: what a frozen server, or a network that swallows everything, looks like. */
let frozen: Server
let frozenPort: number
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-stop-'))
  frozen = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(frozen, 'listening')
  frozenPort = (frozen.address() as { port: number }).port
})
afterAll(async () => {
  frozen.close()
  await rm(folder, { recursive: true })
})

/** A port that nothing listens on. */
const CLOSED = 1

function start(program: string, port: number): ChildProcess {
  const at = `127.0.0.1:${port}`
  const env = {
    ...process.env,
    RECADO_PROFILE: program === 'embedded' ? 'embedded' : 'full',
    RECADO_DATA_DIR: join(folder, 'data'),
    RECADO_HTTP_PORT: '0',
    RECADO_CORE_PORT: '0',
    RECADO_CONSUMER_PORT: '0',
    RECADO_CORE_URLS: at,
    RECADO_CONSUMER_URLS: at,
    RECADO_SERVICE_TOKEN: 'token',
    RECADO_AUTH_SECRET: 'a secret of more than thirty-two bytes',
    RECADO_LOG_LEVEL: 'info',
    DATABASE_URL: `postgres://nobody:nothing@${at}/nowhere`,
    MONGODB_URL: `mongodb://${at}/nowhere`,
    REDIS_URL: `redis://${at}`,
    AMQP_URL: `amqp://${at}`,
  }
  return spawn(process.execPath, ['bin/start.mjs', program], {
    cwd: projectDir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Resolves once it has logged a line in which `text` stands. */
async function logged(program: ChildProcess, text: string): Promise<void> {
  if (!program.stderr) throw new Error('nothing can be read from it')
  for await (const line of createInterface(program.stderr)) if (line.includes(text)) return
  throw new Error(`it has ended without a word of ${text}`)
}

const names = ['core', 'consumer', 'gateway']

it.each(names)('%s ends when it is told to while what it needs refuses', async (name) => {
  const program = start(name, CLOSED)
  await logged(program, 'away')
  program.kill('SIGTERM')
  expect(await once(program, 'exit')).toEqual([0, null])
})

it.each(names)('%s ends when it is told to while what it needs is frozen', async (name) => {
  const program = start(name, frozenPort)
  await once(frozen, 'connection')
  program.kill('SIGTERM')
  expect(await once(program, 'exit')).toEqual([0, null])
})

it('the embedded product ends while it makes its database, and starts again from what is there', async () => {
  const first = start('embedded', CLOSED)
  await logged(first, 'starting')
  first.kill('SIGTERM')
  expect(await once(first, 'exit')).toEqual([0, null])

  const second = start('embedded', CLOSED)
  await once(second.stdout ?? second, 'data')
  second.kill('SIGTERM')
  expect(await once(second, 'exit')).toEqual([0, null])
})
