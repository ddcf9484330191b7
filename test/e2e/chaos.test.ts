import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Product } from '../chaos/product.js'
import { runRow } from '../chaos/run.js'
import { profiles } from '../support/chat.js'

/** A small part of the fault table, all of it faults of our own programs and links; `npm run chaos` has the rest. */
const rows = {
  embedded: ['kill:embedded', 'cut:gateway'],
  full: ['kill:consumer-1+freeze:core-1', 'stall:rabbitmq'],
}

describe.each(profiles)('the fault table: %s', (profile) => {
  let product: Product

  beforeAll(async () => {
    product = await Product.start(profile)
  })
  afterAll(() => product?.stop())

  it.each(rows[profile])('%s: nothing is lost, doubled, misordered or wrongly acknowledged', async (row) => {
    const { findings, sent } = await runRow(product, row, { holdMs: 3_000 })

    expect(findings.firstFaults).toEqual([])
    expect(sent).toBeGreaterThan(20)
  })
})
