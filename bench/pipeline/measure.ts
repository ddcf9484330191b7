import { Meter } from '../chat/meter.js'
import type { Latencies } from '../latencies.js'
import type { Profile, RunningServer } from '../../test/support/products/programs.js'
import { cpuPerMessage, readCpu, type CpuTimes } from './cpu.js'
import { closedLoop, openLoop } from './loops.js'
import { Stage } from './stage.js'

/** What one run of messages came to. */
export type Figures = {
  messagesPerSecond: number
  /** p50, p95 and p99 in milliseconds. */
  accepted: Percentiles
  stored: Percentiles
  delivered: Percentiles
  /** CPU microseconds per message. */
  cpu: CpuTimes
}

/** p50, p95 and p99 of one kind, in milliseconds. */
export type Percentiles = readonly [number, number, number]

/** How long and how hard. */
export type Effort = { seconds: number; repetitions: number; inFlight: number }

/** What a profile came to: medians of the repetitions. */
export type Measured = { fanOut1: Figures; fanOut10: Figures; steady: Figures; faults: readonly string[] }

/** Messages in a second, for the latency of a server with little to do. */
export const steadyRate = 200
const warmUpSeconds = 10

/** Measures a running server. */
export async function measure(
  server: RunningServer,
  profile: Profile,
  effort: Effort,
  say: (text: string) => void,
): Promise<Measured> {
  const faults: string[] = []
  const onStage = async <T>(fanOut: number, use: (stage: Stage) => Promise<T>): Promise<T> => {
    const stage = await Stage.create(server.url, fanOut)
    try {
      return await use(stage)
    } finally {
      stage.close()
      faults.push(...stage.findings.firstFaults)
    }
  }
  const bench = new Bench(server, profile === 'full', effort, say)
  const [fanOut1, steady] = await onStage(1, async (stage) => {
    const full = await bench.full(stage, `${profile}, fan-out 1`)
    return [full, await bench.steady(stage, `${profile}, ${steadyRate}/s`)] as const
  })
  const fanOut10 = await onStage(10, (stage) => bench.full(stage, `${profile}, fan-out 10`))
  return { fanOut1, fanOut10, steady, faults }
}

class Bench {
  readonly #server: RunningServer
  readonly #withServers: boolean
  readonly #effort: Effort
  readonly #say: (text: string) => void

  constructor(server: RunningServer, withServers: boolean, effort: Effort, say: (text: string) => void) {
    this.#server = server
    this.#withServers = withServers
    this.#effort = effort
    this.#say = say
  }

  full(stage: Stage, label: string): Promise<Figures> {
    const { inFlight } = this.#effort
    return this.#repeat(label, (meter, seconds) => closedLoop(stage, meter, seconds, inFlight))
  }

  steady(stage: Stage, label: string): Promise<Figures> {
    return this.#repeat(label, (meter, seconds) => openLoop(stage, meter, seconds, steadyRate))
  }

  async #repeat(label: string, run: (meter: Meter, seconds: number) => Promise<void>): Promise<Figures> {
    await run(new Meter(), Math.min(warmUpSeconds, this.#effort.seconds))
    const all: Figures[] = []
    for (let repetition = 1; repetition <= this.#effort.repetitions; repetition += 1) {
      const figures = await this.#once((meter) => run(meter, this.#effort.seconds))
      this.#say(
        `${label}, ${repetition} of ${this.#effort.repetitions}: ${Math.round(figures.messagesPerSecond)}/s`,
      )
      all.push(figures)
    }
    return medians(all)
  }

  async #once(run: (meter: Meter) => Promise<void>): Promise<Figures> {
    const meter = new Meter()
    const before = readCpu(this.#server.pids, this.#withServers)
    await run(meter)
    const after = readCpu(this.#server.pids, this.#withServers)
    const messages = meter.stored.count
    return {
      messagesPerSecond: messages / meter.seconds,
      accepted: percentiles(meter.accepted),
      stored: percentiles(meter.stored),
      delivered: percentiles(meter.delivered),
      cpu: cpuPerMessage(before, after, messages),
    }
  }
}

function percentiles(latencies: Latencies): Percentiles {
  return [latencies.percentile(0.5), latencies.percentile(0.95), latencies.percentile(0.99)]
}

/** Each figure's median by itself. */
export function medians(all: readonly Figures[]): Figures {
  const of = (figure: (figures: Figures) => number) => median(all.map(figure))
  const three = (kind: 'accepted' | 'stored' | 'delivered'): Percentiles => [
    of((figures) => figures[kind][0]),
    of((figures) => figures[kind][1]),
    of((figures) => figures[kind][2]),
  ]
  const names = [...(all[0]?.cpu.keys() ?? [])]
  return {
    messagesPerSecond: of(({ messagesPerSecond }) => messagesPerSecond),
    accepted: three('accepted'),
    stored: three('stored'),
    delivered: three('delivered'),
    cpu: new Map(names.map((name) => [name, of(({ cpu }) => cpu.get(name) ?? NaN)])),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN]
  return (low + high) / 2
}
