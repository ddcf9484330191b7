import { describe, expect, it } from 'vitest'
import { Latencies } from './latencies.js'

describe('latencies', () => {
  it('gives percentiles that are right to one percent', () => {
    const latencies = new Latencies()

    for (let ms = 1; ms <= 1_000; ms += 1) latencies.record(ms)

    expect(latencies.count).toBe(1_000)
    for (const [share, exact] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
    ] as const) {
      expect(Math.abs(latencies.percentile(share) / exact - 1)).toBeLessThan(0.01)
    }
  })

  it('has no percentile while it is empty', () => {
    expect(new Latencies().percentile(0.5)).toBeNaN()
  })

  it('counts what lies outside its range in the outermost bucket', () => {
    const latencies = new Latencies()

    latencies.record(0)
    latencies.record(1e12)

    expect(latencies.percentile(0.5)).toBeLessThan(0.0011)
    expect(latencies.percentile(1)).toBeGreaterThan(1e6)
  })
})
