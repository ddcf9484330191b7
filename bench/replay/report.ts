import type { Latencies } from '../latencies.js'
import type { ReplayOutcome } from './run.js'

const count = (number: number) => Math.round(number).toLocaleString('en')

/** The end of a replay in words and figures, `ok` or the faults last. */
export function report({ ledgers, authors, meter, findings }: ReplayOutcome): string {
  const states = new Map<string, number>()
  for (const ledger of ledgers) {
    for (const { state } of ledger.sendings) states.set(state, (states.get(state) ?? 0) + 1)
  }
  const stored = states.get('stored') ?? 0
  const peakMb = process.resourceUsage().maxRSS / 1_024
  return [
    `messages   ${count(stored)} stored, ${count(states.get('refused') ?? 0)} refused as the rules say; ${count(ledgers.length)} channels, ${count(authors)} authors`,
    ...changesOf(ledgers, meter),
    `rate       ${count(stored / meter.seconds)} messages/s, ${count(meter.delivered.count / meter.seconds)} deliveries/s, over ${meter.seconds.toFixed(1)} s`,
    `accepted   ${percentiles(meter.accepted)}`,
    `stored     ${percentiles(meter.stored)}`,
    `delivered  ${percentiles(meter.delivered)}`,
    `on the way ${findings.count('repeat')} repeats, ${findings.count('reconnect')} reconnects, ${findings.count('closed client')} clients closed for others, ` +
      `${count(findings.count('recovered event'))} events recovered at a join, ${count(findings.count('repaired event'))} read from history`,
    `memory     ${count(peakMb)} MB at most, of this tool alone`,
    ...verdict(findings.faults, findings.firstFaults),
  ].join('\n')
}

/** What was mixed in, where anything was. */
function changesOf(ledgers: ReplayOutcome['ledgers'], meter: ReplayOutcome['meter']): string[] {
  const kinds = new Map<string, number>()
  let [idle, refused] = [0, 0]
  for (const { options, isEvent, state } of ledgers.flatMap(({ changes }) => changes)) {
    if (isEvent) kinds.set(options.deed.event, (kinds.get(options.deed.event) ?? 0) + 1)
    else if (state === 'stored') idle += 1
    else refused += 1
  }
  if (kinds.size + idle + refused === 0) return []
  const events = [...kinds.values()].reduce((sum, each) => sum + each, 0)
  const named = Array.from(kinds, ([kind, times]) => `${count(times)} ${kind}`).join(', ')
  return [
    `changes    ${count(events)} stored (${named}), ${count(idle)} changed nothing, ${count(refused)} refused as deleted; ${count(events / meter.seconds)} changes/s`,
    `changed    ${percentiles(meter.changed)}`,
  ]
}

/** The p50, p95 and p99 of durations, in words. */
export function percentiles(latencies: Latencies): string {
  const at = (share: number) => `${latencies.percentile(share).toFixed(1)} ms`.padStart(10)
  return `p50 ${at(0.5)}   p95 ${at(0.95)}   p99 ${at(0.99)}   (${count(latencies.count)})`
}

function verdict(faults: number, first: readonly string[]): string[] {
  if (faults === 0) return ['ok']
  return [
    `${count(faults)} faults${faults > first.length ? `, the first ${first.length}` : ''}:`,
    ...first.map((text) => `  ${text}`),
  ]
}
