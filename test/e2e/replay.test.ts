import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startFull, type RunningServer } from '../support/products/programs.js'
import { restartRabbitmq } from '../services/faults.js'
import { profiles } from '../support/chat.js'

const run = promisify(execFile)
const file = '../shared/data/irc-ubuntu.jsonl.gz'
const isThere = existsSync(file)
if (!isThere) console.warn(`${file} is missing: the replays of real chat are left out.`)

/** Runs the replay; resolves with what it printed. Rejects, with that, when it found a fault. */
const replay = async (...args: string[]) => {
  const options = { timeout: 170_000, maxBuffer: 16 * 1024 * 1024 }
  const { stdout } = await run(
    process.execPath,
    ['--import', './bin/typescript.mjs', 'bench/replay.ts', file, ...args],
    options,
  )
  return stdout
}

describe.skipIf(!isThere)('a replay of real chat', () => {
  it.each(profiles)('finds nothing lost, doubled or misordered: %s', async (profile) => {
    const printed = await replay('--profile', profile, '--limit', '2000')

    expect(printed).toMatch(/2,000 stored/)
    expect(printed.trim().split('\n').at(-1)).toBe('ok')
  })

  it.each(profiles)('finds every message as its events tell, with changes mixed in: %s', async (profile) => {
    const printed = await replay('--profile', profile, '--limit', '1500', '--mix', '--seed', '7')

    expect(printed).toMatch(/1,500 stored/)
    expect(printed).toMatch(/changes +\d+ stored/)
    expect(printed.trim().split('\n').at(-1)).toBe('ok')
  })

  it.runIf(profiles.includes('full'))(
    'finds nothing wrong while the working consumer is killed and the broker restarts',
    async () => {
      const server = await startFull({ consumers: 2 })
      try {
        const replaying = replay('--url', server.url, '--limit', '3000', '--rate', '150')
        await busyConsumer(server, 500)
        process.kill(server.pids[await busyConsumer(server, 0)] ?? 0, 'SIGKILL')
        await delay(5_000)
        await restartRabbitmq()

        expect((await replaying).trim().split('\n').at(-1)).toBe('ok')
      } finally {
        await server.stop()
      }
    },
  )
})

/** The consumer that has used the most processor time, once one has used so many milliseconds of it since the call. */
async function busyConsumer({ pids }: RunningServer, ms: number): Promise<string> {
  const names = Object.keys(pids).filter((name) => name.startsWith('consumer'))
  const used = () => new Map(names.map((name) => [name, cpuMs(pids[name] ?? 0)]))
  const before = used()
  for (;;) {
    const now = used()
    const [busiest] = names.sort((a, b) => (now.get(b) ?? 0) - (now.get(a) ?? 0))
    if (busiest !== undefined && (now.get(busiest) ?? 0) - (before.get(busiest) ?? 0) >= ms) return busiest
    await delay(100)
  }
}

/** Processor time of a process, in milliseconds: the system counts hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
