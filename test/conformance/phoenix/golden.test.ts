import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deviations, expectedOf, normalise, readGolden } from './golden/golden.js'
import { playBack, probes } from './golden/probes.js'
import { startMounts, type Mounts } from './mounts.js'
import { TestTopics, type TestSocket } from './test-topics.js'

/** There is no presence yet. */
const notYet = ['presence']

describe('phoenix: the transcript of Phoenix 1.8.12', () => {
  const golden = readGolden()
  let mounts: Mounts<TestSocket>
  beforeAll(async () => {
    mounts = await startMounts(new TestTopics(), {
      '/socket': {},
      '/short': { idleTimeoutMs: 300 },
      '/auth': {},
      '/limit': { maxTopicsPerConnection: 1 },
      '/maxframe': { maxFrameBytes: 1_000 },
      '/compress': {},
    })
  })
  afterAll(() => mounts[Symbol.asyncDispose]())

  it.each([...golden.keys()].filter((group) => !notYet.includes(group)))('is ours too: %s', async (group) => {
    const expected = expectedOf(group, golden.get(group)!)

    const probe = probes[group]
    const lines = await (probe ? probe(mounts.url) : playBack(mounts.url, expected))

    expect(normalise(lines)).toEqual(expected)
  })

  it('has every group that the probes and the deviations name', () => {
    expect([...golden.keys()]).toHaveLength(16)
    const named = [...Object.keys(probes), ...deviations.map(({ group }) => group), ...notYet]
    expect(named.filter((group) => !golden.has(group))).toEqual([])
  })
})
