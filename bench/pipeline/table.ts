import type { Profile } from '../../test/support/products/programs.js'
import { loadLabel } from './cpu.js'
import { steadyRate, type Effort, type Figures, type Measured, type Percentiles } from './measure.js'
import { senderCount } from './stage.js'

/** The goals of DESIGN.md §7, beside the figures they are for. */
const goals: Record<Profile, { rates: [string, string]; steady: string; cpu: [string, string] }> = {
  embedded: { rates: ['≥ 5,000', '≥ 3,500'], steady: 'p50 ≤ 3', cpu: ['', ''] },
  full: { rates: ['≥ 3,500', '≥ 2,500'], steady: 'p50 ≤ 8, p99 ≤ 25', cpu: ['≤ 100', '≤ 150'] },
}
const latencyGoal = 'p99 < 250'

type Row = readonly string[]

/** Everything that was measured of one profile, as a Markdown table with what it was measured beside. */
export function table(profile: Profile, measured: Measured, effort: Effort): string {
  const { fanOut1, fanOut10, steady } = measured
  const columns = [fanOut1, fanOut10, steady]
  const { rates, steady: steadyGoal, cpu } = goals[profile]
  const latency = (name: string, of: (figures: Figures) => Percentiles, ...wanted: string[]): Row =>
    row(
      `${name} p50 / p95 / p99, ms`,
      columns.map((figures) => inMs(of(figures))),
      wanted,
    )
  const rows: Row[] = [
    ['', 'fan-out 1', 'goal', 'fan-out 10', 'goal', `fan-out 1 at ${steadyRate}/s`, 'goal'],
    ['---', '--:', '--:', '--:', '--:', '--:', '--:'],
    row(
      'messages/s',
      columns.map(({ messagesPerSecond }) => whole(messagesPerSecond)),
      rates,
    ),
    latency('accepted', ({ accepted }) => accepted),
    latency('stored', ({ stored }) => stored),
    latency('delivered', ({ delivered }) => delivered, latencyGoal, latencyGoal, steadyGoal),
    row(
      'CPU a message: programs together, µs',
      columns.map((figures) => whole(programsOf(figures))),
      cpu,
    ),
    ...[...fanOut1.cpu.keys()].map((name) =>
      row(
        `… ${name}`,
        columns.map((figures) => whole(figures.cpu.get(name))),
        [],
      ),
    ),
  ]
  return [heading(profile, effort), '', ...align(rows), '', ...faultLines(measured.faults)].join('\n')
}

function heading(profile: Profile, { seconds, repetitions, inFlight }: Effort): string {
  const beside =
    profile === 'full'
      ? 'one gateway, one core, one consumer and the four servers'
      : 'gateway, core, consumer and both stores in one process'
  return (
    `pipeline, ${profile}: durable messages; ${senderCount} senders with ${inFlight} messages in flight in all, ` +
    `each sent when one is stored; medians of ${repetitions} × ${seconds} s after a warm-up. Measured beside: ${beside}, ` +
    `and this load, all on this machine; the latencies are the load's own, and hold its waits for a CPU.`
  )
}

function row(name: string, values: readonly string[], wanted: readonly string[]): Row {
  return [name, ...values.flatMap((value, index) => [value, wanted[index] ?? ''])]
}

const programs = ['embedded', 'gateway', 'core']

function programsOf({ cpu }: Figures): number {
  const own = [...cpu].filter(
    ([name]) => name !== loadLabel && (programs.includes(name) || name.startsWith('consumer')),
  )
  return own.reduce((total, [, time]) => total + time, 0)
}

function align(rows: readonly Row[]): string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? []
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((cells) => `| ${cells.map(pad).join(' | ')} |`)
}

function faultLines(faults: readonly string[]): string[] {
  return faults.length === 0 ? ['no faults'] : ['FAULTS:', ...faults.map((fault) => `  ${fault}`)]
}

function inMs(percentiles: Percentiles): string {
  return percentiles.map((value) => value.toFixed(1)).join(' / ')
}

function whole(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en')
}
