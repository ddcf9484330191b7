import { describe, expect, it } from 'vitest'
import { cpuPerMessage, loadLabel, readCpu } from './cpu.js'
import { medians, type Figures } from './measure.js'

const figures = (messagesPerSecond: number, p99: number, cpu: number): Figures => ({
  messagesPerSecond,
  accepted: [1, 2, p99],
  stored: [1, 2, p99],
  delivered: [1, 2, p99],
  cpu: new Map([['core', cpu]]),
})

describe('what a repetition came to', () => {
  it('is told by the median of each figure by itself', () => {
    const median = medians([figures(100, 9, 30), figures(300, 5, 10), figures(200, 7, 20)])

    expect(median).toEqual(figures(200, 7, 20))
  })

  it('is the mean of the middle two of an even number', () => {
    expect(medians([figures(100, 9, 30), figures(300, 5, 10)])).toEqual(figures(200, 7, 20))
  })

  it('has the CPU time of a process and of what it started', () => {
    const before = readCpu({ own: process.pid }, false)
    const began = process.cpuUsage()
    while (process.cpuUsage(began).user < 100_000);
    const after = readCpu({ own: process.pid }, false)

    const perMessage = cpuPerMessage(before, after, 10)

    expect([...perMessage.keys()]).toEqual(['own', loadLabel])
    for (const microseconds of perMessage.values()) expect(microseconds).toBeGreaterThan(8_000)
  })
})
