import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { attack } from './fuzz/attacker.js'
import { malformed } from './fuzz/malformed.js'
import { Random } from './fuzz/random.js'
import { startMounts } from './mounts.js'
import { RawClient } from './raw-client.js'
import { TestTopics } from './test-topics.js'

/** How many malformed frames are sent: `FUZZ_FRAMES=100000` for all of them. */
const frames = Number(process.env.FUZZ_FRAMES ?? 2_000)
const seed = Number(process.env.FUZZ_SEED ?? 20_260_820)
/** The witnesses are asked so often. */
const rounds = Math.max(12, Math.ceil(frames / 1_000))
/** Attackers at a time. */
const abreast = 16
/** What the heap may grow by from a third of the frames to all of them: less than a leak of a hundred bytes a frame of 100,000. */
const maxGrowthBytes = 6 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it(
  `${frames} malformed frames (seed ${seed}) close their own sockets, and no other notices`,
  { timeout: 60_000 + frames * 10 },
  async () => {
    const faults: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) })
    const topics = new TestTopics()
    await using served = await startMounts(topics, { '/socket': { log, idleTimeoutMs: 3_600_000 } })
    const server = served.at('/socket')
    const witnesses = await Promise.all(
      Array.from({ length: 4 }, () => RawClient.open(served.url, '&user_id=witness')),
    )
    for (const witness of witnesses) await witness.join('room:witness')
    const random = new Random(seed)
    const surprises: unknown[] = []
    let sent = 0

    const sendSome = async (until: number): Promise<void> => {
      while (sent < until) {
        const [kind, make] = random.pick(malformed)
        const input = make(random)
        const localAddress = `127.0.0.${2 + (sent % 100)}`
        sent += 1
        const code = await attack(served.port, input, localAddress)
        if (!input.codes.includes(code))
          surprises.push({ kind, code, bytes: input.bytes.subarray(0, 200).toString('latin1') })
      }
    }
    const sendUntil = (until: number): Promise<unknown> =>
      Promise.all(Array.from({ length: abreast }, () => sendSome(until)))
    const witnessAll = async (n: number): Promise<void> => {
      witnesses[n % witnesses.length]!.send('1', 'r', 'room:witness', 'shout_from', { n })
      for (const [at, witness] of witnesses.entries())
        if (at !== n % witnesses.length)
          expect(await witness.frame()).toEqual([null, null, 'room:witness', 'shout', { n }])
      for (const witness of witnesses) expect(await witness.settle()).toEqual([])
    }

    let heapAtThird = 0
    for (let part = 1; part <= rounds; part++) {
      await sendUntil(Math.ceil((frames * part) / rounds))
      await witnessAll(part)
      topics.journal.length = 0
      if (part === Math.ceil(rounds / 3)) heapAtThird = heapBytes()
    }
    await expect.poll(() => server.connections).toBe(witnesses.length)
    const grown = heapBytes() - heapAtThird

    expect(surprises.slice(0, 5)).toEqual([])
    const own = faults.filter((line) => !line.includes('the handler of a topic failed'))
    expect(own.slice(0, 2)).toEqual([])
    expect([sent, server.counts.opened]).toEqual([frames, frames + witnesses.length])
    expect(topics.open.size).toBe(witnesses.length)
    expect(topics.hub.members('room:fuzz').size).toBe(0)
    expect(grown).toBeLessThan(maxGrowthBytes)
    for (const witness of witnesses) expect(witness.ws.readyState).toBe(witness.ws.OPEN)
    for (const witness of witnesses) witness.ws.terminate()
  },
)
