import { setTimeout as delay } from 'node:timers/promises'
import type { Findings } from '../../bench/chat/findings.js'
import { nowMs } from '../../bench/chat/meter.js'
import { parseRow } from './faults.js'
import type { EndFault, Product } from './product.js'
import { Stage } from './stage.js'

/** How a row is run. */
export type RowOptions = {
  /** How long a fault lasts, in milliseconds. */
  holdMs: number
}

/** What a row showed. */
export type RowResult = {
  row: string
  /** Messages that were sent. */
  sent: number
  /** From the end of the fault until everything sent before it had been told, in milliseconds. */
  recoveryMs: number
  findings: Findings
}

const beforeMs = 2_000
/** Sending goes on for so long after the fault. */
const afterMs = 4_000
/** What has not recovered by then is given up. */
const patienceMs = 60_000

/** Runs one row of the fault table on a product that is well. @throws Error when a fault cannot be had here. */
export async function runRow(product: Product, row: string, { holdMs }: RowOptions): Promise<RowResult> {
  const faults = parseRow(row)
  const stage = await Stage.set(product)
  const ends: EndFault[] = []
  try {
    stage.begin()
    await delay(beforeMs)
    for (const fault of faults) ends.push(await product.begin(fault))
    // A half-open link has done its harm at once: what counts is how soon it is noticed.
    if (faults.some(({ verb }) => verb !== 'half-open')) await delay(holdMs)
    await Promise.all(ends.splice(0).map((end) => end()))
    const endedAt = nowMs()
    await delay(afterMs)
    const recoveryMs = await stage.end(endedAt, patienceMs)
    await stage.check()
    return { row, sent: stage.count, recoveryMs, findings: stage.findings }
  } finally {
    stage.close()
    await Promise.allSettled(ends.map((end) => end()))
  }
}
