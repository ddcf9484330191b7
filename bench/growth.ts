import type { Profile } from '../test/support/products/programs.js'
import { Api } from './api.js'
import { startFilled } from './growth/fill.js'
import { operationsOf, type Operation } from './growth/operations.js'
import { parseOptions, usage, type GrowthOptions } from './growth/options.js'
import { makeSide } from './growth/side.js'
import { Heartbeats } from './heartbeats.js'

/** What a large server may cost of what a small one does. */
const GOAL = 1.3

/** Rounds that are not counted. */
const WARM_UP = 20

/** What an operation took on each side: the median, in milliseconds. */
type Cost = { name: string; small: number; large: number }

/** Measures what grows with members on each profile asked for, and prints a table for each. Returns the exit code. */
export async function growth(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  let isWithin = true
  for (const profile of options.profiles) {
    const costs = await measure(profile, options)
    console.log(`\n${table(profile, costs, options)}`)
    isWithin &&= costs.every(({ small, large }) => large / small <= GOAL)
  }
  return isWithin ? 0 : 1
}

async function measure(profile: Profile, { members, channels, rounds }: GrowthOptions): Promise<Cost[]> {
  const filled = await startFilled(profile)
  const heartbeats = new Heartbeats()
  try {
    const api = new Api(filled.server.url)
    const small = await makeSide(api, 'small', channels)
    const large = await makeSide(api, 'large', channels)
    await filled.fill(large.serverIds, members)
    const { url } = filled.server
    const sides = [await operationsOf(url, small, heartbeats), await operationsOf(url, large, heartbeats)]
    const pairs = (sides[0]?.all ?? []).map((operation, nth) => [operation, sides[1]?.all[nth]] as const)
    const costs: Cost[] = []
    for (const [onSmall, onLarge] of pairs) if (onLarge) costs.push(await compare(onSmall, onLarge, rounds))
    for (const side of sides) side.close()
    return costs
  } finally {
    heartbeats.stop()
    await filled.stop()
  }
}

/** Turn by turn, so that whatever else the machine does concerns both alike. */
async function compare(onSmall: Operation, onLarge: Operation, rounds: number): Promise<Cost> {
  const [small, large]: [number[], number[]] = [[], []]
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    const isCounted = round >= WARM_UP
    const turns = [
      [onSmall, small],
      [onLarge, large],
    ] as const
    for (const [operation, took] of round % 2 === 0 ? turns : turns.toReversed()) {
      const beganAt = performance.now()
      await operation.run()
      if (isCounted) took.push(performance.now() - beganAt)
    }
  }
  return { name: onSmall.name, small: median(small), large: median(large) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

function table(
  profile: Profile,
  costs: readonly Cost[],
  { members, channels, rounds }: GrowthOptions,
): string {
  const head = `growth, ${profile}: servers of 10 and of ${members.toLocaleString('en')} members, a user in ${channels.toLocaleString('en')} channels of each kind; medians of ${rounds}, turn by turn; goal: ratio ≤ ${GOAL}`
  const rows = costs.map(({ name, small, large }) => {
    const ratio = large / small
    return `| ${name.padEnd(34)} | ${small.toFixed(2).padStart(9)} | ${large.toFixed(2).padStart(9)} | ${ratio.toFixed(2).padStart(5)} | ${ratio <= GOAL ? '' : 'too much'} |`
  })
  return [
    head,
    '',
    `| ${''.padEnd(34)} | small, ms | large, ms | ratio | |`,
    `| ${'---'.padEnd(34)} | --: | --: | --: | --- |`,
    ...rows,
  ].join('\n')
}
