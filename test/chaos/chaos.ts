import { faultKinds } from '../../bench/chat/findings.js'
import { UsageError } from '../../bench/usage-error.js'
import { services } from '../services/names.js'
import { startServices, stopServices } from '../services/services.js'
import { State } from '../services/state.js'
import { onSignal } from '../support/products/signals.js'
import { parseOptions, usage, type ChaosOptions } from './options.js'
import { Product } from './product.js'
import { runRow, type RowResult } from './run.js'

/** A product must be well again so soon after a fault, in milliseconds. */
const recoverWithinMs = 15_000
const columns = [...faultKinds, 'sent', 'recovery'] as const

process.exitCode = await main(process.argv.slice(2))

/** Runs the fault table as the command line says. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options === 'help') console.log(usage)
    else if (options.isList) console.log(options.rows.join('\n'))
    else return await runTable(options)
    return 0
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    console.error(`${thrown.message}\nnpm run chaos -- --help says more.`)
    return 2
  }
}

async function runTable(options: ChaosOptions): Promise<number> {
  const endServices = options.profile === 'full' ? await ownServices() : () => Promise.resolve()
  const ignoreSignals = onSignal(endServices)
  const width = Math.max(...options.rows.map(({ length }) => length))
  console.log(['row'.padEnd(width), ...columns].join('  '))
  try {
    const areGood = await runRows(options, (row, text) => console.log(`${row.padEnd(width)}  ${text}`))
    return areGood ? 0 : 1
  } finally {
    await endServices()
    ignoreSignals()
  }
}

/** Servers that are ours to hurt, whatever URLs the environment has. Returns what ends those that did not run before. */
async function ownServices(): Promise<() => Promise<void>> {
  const state = State.read()
  const ranBefore = services.some(({ name }) => state.get(name))
  for (const { urlName } of services) delete process.env[urlName]
  const { missing } = await startServices()
  if (missing.length > 0)
    throw new UsageError(missing.map(({ name, why }) => `${name} cannot be had: ${why}`).join('\n'))
  return ranBefore ? () => Promise.resolve() : () => stopServices()
}

/** Runs the rows on one product, and on a new one after a row that left it ill. */
async function runRows(
  { profile, rows, holdMs }: ChaosOptions,
  print: (row: string, text: string) => void,
): Promise<boolean> {
  let product: Product | undefined
  let areGood = true
  try {
    for (const row of rows) {
      product ??= await Product.start(profile)
      const result = await runRow(product, row, { holdMs }).catch((error: Error) => error)
      print(row, result instanceof Error ? `not run: ${result.message}` : toText(result))
      if (!(result instanceof Error) && isGood(result)) continue
      areGood = false
      await product.stop()
      product = undefined
    }
  } finally {
    await product?.stop()
  }
  return areGood
}

function isGood({ findings, recoveryMs }: RowResult): boolean {
  return findings.faults === 0 && recoveryMs <= recoverWithinMs
}

function toText({ findings, sent, recoveryMs }: RowResult): string {
  const cells = [
    ...faultKinds.map((kind) => findings.faultsOf(kind)),
    sent,
    `${(recoveryMs / 1_000).toFixed(1)} s`,
  ]
  const line = columns.map((name, index) => `${cells[index]}`.padStart(name.length)).join('  ')
  return [line, ...findings.firstFaults.map((fault) => `    ${fault}`)].join('\n')
}
