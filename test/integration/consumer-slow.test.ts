import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Candidate } from '../../gen/recado/v1/messages_service.js'
import type { Recent, RecentRun } from '../../ports/recent/recent.js'
import { ConsumerRig, permit, permitAll, refuse } from '../support/consumer-rig.js'

const metric = async (rig: ConsumerRig, name: string) =>
  (await rig.registry.getSingleMetric(name)?.get())?.values[0]?.value

describe('a core that is slow', () => {
  let rig: ConsumerRig

  /** Core as the clock of the test has it: each answer takes so long. */
  const answering = (seconds: number, decide = permitAll) => ({
    submit: async (asked: readonly Candidate[]) => {
      const verdicts = decide(asked)
      await vi.advanceTimersByTimeAsync(seconds * 1_000)
      return verdicts
    },
  })

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rig.stop()
  })

  it('makes storing slow and does not end it, and is asked once more a batch', async () => {
    let asked = 0
    rig = new ConsumerRig({
      validator: answering(2.1, (candidates) => {
        asked++
        return permitAll(candidates)
      }),
    })
    await rig.send(0, 'c', 'a', 'b')
    rig.start(0)
    await vi.waitFor(() => expect(rig.queue.depth(0)).toBe(0))

    expect(rig.history.texts('c')).toEqual(['a', 'b'])
    expect(asked).toBe(2)
    expect(await metric(rig, 'recado_consumer_validated_again_total')).toBe(1)
    expect(rig.said('away')).toMatchObject([{ dependency: 'core (RECADO_CORE_URLS)' }])
  })

  it('that was slow once decides by what it sees later: a right lost in between counts', async () => {
    const answers = [answering(3), answering(0.1, async (asked) => asked.map(refuse))]
    rig = new ConsumerRig({
      validator: { submit: (asked) => (answers.shift() ?? answering(0)).submit(asked) },
    })
    await rig.send(0, 'c', 'a')
    rig.start(0)
    await vi.waitFor(() => expect(rig.queue.depth(0)).toBe(0))

    expect(rig.history.texts('c')).toEqual([])
    expect(rig.outcomes.map(({ result }) => result?.$case)).toEqual(['refused'])
  })

  it('is not asked twice when it answers in time', async () => {
    let asked = 0
    const decide = async (candidates: readonly Candidate[]) => {
      asked++
      return candidates.map(permit)
    }
    rig = new ConsumerRig({ validator: answering(1.9, decide) })
    await rig.send(0, 'c', 'a')
    rig.start(0)
    await vi.waitFor(() => expect(rig.queue.depth(0)).toBe(0))

    expect(asked).toBe(1)
    expect(rig.said('away')).toEqual([])
  })
})

describe('a log that is slow to look things up', () => {
  const decide = async (asked: readonly Candidate[]) =>
    asked.map(({ content }) => (content === 'refused' ? refuse() : permit()))

  it('makes storing slow and does not end it: each entry is looked for once, however old verdicts grow', async () => {
    const rig = new ConsumerRig({ validator: { submit: decide } })
    vi.useFakeTimers({ toFake: ['performance'] })
    rig.history.before = (call) => (call === 'find' ? vi.advanceTimersByTimeAsync(3_000) : undefined)
    await rig.send(0, 'c', 'refused', 'fresh')
    rig.start(0)
    try {
      await vi.waitFor(() => expect(rig.queue.depth(0)).toBe(0))
    } finally {
      rig.history.before = () => undefined
      vi.useRealTimers()
      await rig.stop()
    }

    expect(rig.history.texts('c')).toEqual(['fresh'])
    expect(rig.history.calls.filter((call) => call === 'find')).toHaveLength(1)
  })
})

describe('recent events that do not answer', () => {
  /** Recent events whose writes end when the test says so. */
  class FrozenRecent implements Recent {
    readonly appended: RecentRun[][] = []
    readonly #ends: ((error?: Error) => void)[] = []

    append(runs: readonly RecentRun[]): Promise<void> {
      this.appended.push([...runs])
      return new Promise((resolve, reject) => this.#ends.push((error) => (error ? reject(error) : resolve())))
    }

    async forget(): Promise<void> {}

    /** Ends the write that has waited longest. */
    end(error?: Error): void {
      this.#ends.shift()?.(error)
    }

    seqs(): number[][] {
      return this.appended.map((runs) => runs.flatMap(({ events }) => events.map(({ seq }) => seq)))
    }

    read = async () => undefined
    ping = async () => {}
    close = async () => {}
  }

  let recent: FrozenRecent
  let rig: ConsumerRig

  beforeEach(() => {
    recent = new FrozenRecent()
    rig = new ConsumerRig({ recent }).start(0)
  })
  afterEach(() => rig.stop())

  const store = async (...texts: string[]) => {
    await rig.send(0, 'c', ...texts)
    await expect.poll(() => rig.queue.depth(0)).toBe(0)
  }

  it('keep no batch waiting', async () => {
    await store('a')
    await store('b')
    await store('c')
    expect(rig.outcomes).toHaveLength(3)
  })

  it('get what came meanwhile in one write, in order', async () => {
    await store('a')
    await store('b')
    await store('c')
    expect(recent.seqs()).toEqual([[1]])

    recent.end()
    await expect.poll(() => recent.seqs()).toEqual([[1], [2, 3]])
  })

  it('get a repeat of what is old apart from what is new: a run has no gap', async () => {
    await store('a', 'b', 'c')
    recent.end()
    let go = () => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    rig.history.before = (call) => (call === 'append' ? held : undefined)
    await rig.send(0, 'c', 'd')
    await expect.poll(() => rig.history.calls.at(-1)).toBe('append')
    await rig.send(0, 'c', 'a', 'e')
    recent.appended.length = 0
    go()
    await expect.poll(() => rig.queue.depth(0)).toBe(0)
    recent.end()

    const runs = () => recent.appended.flat().map(({ events }) => events.map(({ seq }) => seq))
    await expect.poll(runs).toEqual([[4], [1], [5]])
  })

  it('are told of once, and go on after it', async () => {
    await store('a')
    recent.end(new Error('no answer'))
    await store('b')
    recent.end(new Error('no answer'))
    await store('c')
    recent.end()

    await expect.poll(() => rig.said('back')).toHaveLength(1)
    expect(rig.said('away')).toHaveLength(1)
    expect(await metric(rig, 'recado_consumer_recent_failures_total')).toBe(2)
  })

  it('leave out what is more than may wait', async () => {
    await store('a')
    const texts = (from: number) => Array.from({ length: 500 }, (_, index) => `${from + index}`)
    for (let batch = 0; batch < 6; batch++) await store(...texts(batch * 500))

    recent.end()
    await expect.poll(() => recent.appended.length).toBe(2)
    expect(recent.seqs()[1]).toHaveLength(2_000)
    expect(await metric(rig, 'recado_consumer_recent_failures_total')).toBeGreaterThan(0)
  })
})
