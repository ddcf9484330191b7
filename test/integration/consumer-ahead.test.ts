import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Candidate } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import { ConsumerRig, permit, refuse } from '../support/consumer-rig.js'

describe('while a share is being written', () => {
  let rig: ConsumerRig
  let asked: string[][]
  /** Whether the sender may write, the so-manieth time that core is asked. */
  let isMember: (times: number) => boolean
  /** Lets the append that waits go on. */
  let goOn: (() => void)[]

  beforeEach(() => {
    asked = []
    isMember = () => true
    goOn = []
    const submit = async (candidates: readonly Candidate[]) => {
      asked.push(candidates.map(({ content }) => content))
      return candidates.map(isMember(asked.length) ? permit : refuse)
    }
    rig = new ConsumerRig({ validator: { submit } })
    rig.history.before = (call) =>
      call === 'append' ? new Promise<void>((resolve) => goOn.push(resolve)) : undefined
    rig.start(0)
  })
  afterEach(async () => {
    rig.history.before = () => undefined
    for (const each of goOn) each()
    await rig.stop()
  })

  const isAsked = (...batches: string[][]) => expect.poll(() => asked).toEqual(batches)
  const isWriting = (count: number) => expect.poll(() => goOn.length).toBe(count)

  it('the next is validated, and what comes after that is asked about together once the write is in the log', async () => {
    await rig.send(0, 'c', 'a')
    await isWriting(1)
    await rig.send(0, 'c', 'b')
    await isAsked(['a'], ['b'])
    await rig.send(0, 'c', 'c')
    await rig.send(0, 'c', 'd')
    await new Promise(setImmediate)
    expect(asked).toHaveLength(2)

    goOn[0]?.()
    await isAsked(['a'], ['b'], ['c', 'd'])
    await isWriting(2)
    goOn[1]?.()
    rig.history.before = () => undefined

    await expect.poll(() => rig.queue.depth(0)).toBe(0)
    expect(rig.history.texts('c')).toEqual(['a', 'b', 'c', 'd'])
    expect(asked).toHaveLength(3)
  })

  it('beside a large batch nothing is asked ahead: what comes is validated with the batch that it joins', async () => {
    const many = Array.from({ length: 32 }, (_, index) => `${index}`)
    await rig.send(0, 'c', 'a')
    await isWriting(1)
    await rig.send(0, 'c', ...many)
    await expect.poll(() => asked.flat().length).toBeGreaterThan(1)
    goOn[0]?.()
    await isWriting(2)
    const before = asked.length
    await rig.send(0, 'c', 'b')
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(asked).toHaveLength(before)

    rig.history.before = () => undefined
    goOn[1]?.()

    await expect.poll(() => rig.history.texts('c')).toEqual(['a', ...many, 'b'])
    expect(asked.at(-1)).toEqual(['b'])
  })

  it('a repeat of it is one, also when its sender may not write any more', async () => {
    isMember = (times) => times === 1
    await rig.send(0, 'c', 'a')
    await isWriting(1)
    await rig.send(0, 'c', 'a')
    await isAsked(['a'], ['a'])
    goOn[0]?.()

    await expect.poll(() => rig.queue.depth(0)).toBe(0)
    expect(rig.outcomes.map(({ result }) => result?.$case === 'stored' && result.value.duplicate)).toEqual([
      false,
      true,
    ])
  })

  it('a stop finishes the write and leaves the rest in the queue', async () => {
    await rig.send(0, 'c', 'a')
    await isWriting(1)
    await rig.send(0, 'c', 'b')
    await isAsked(['a'], ['b'])

    const stopped = rig.stop()
    goOn[0]?.()
    await stopped

    expect(rig.history.texts('c')).toEqual(['a'])
    expect(rig.queue.line(0)).toHaveLength(1)
  })

  it('a share that is held keeps those behind it in order', async () => {
    let failures = 0
    rig.history.before = (call) => {
      if (call === 'append' && ++failures <= 10) throw new RecadoError('unavailable', 'away')
    }
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      await rig.send(0, 'c', text)
      await new Promise(setImmediate)
    }
    await expect.poll(() => rig.queue.depth(0)).toBe(0)
    expect(rig.history.texts('c')).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(rig.heads.seq('c')).toBe(5)
  })

  it('what is taken is bounded, and the rest waits in the queue', async () => {
    let raised = () => {}
    rig.history.before = () => undefined
    rig.heads.before = (call) =>
      call === 'raise' ? new Promise<void>((resolve) => (raised = resolve)) : undefined
    await rig.send(0, 'c', 'a')
    await expect.poll(() => rig.history.texts('c')).toEqual(['a'])
    const texts = Array.from({ length: 3_000 }, (_, index) => `${index}`)
    await rig.send(0, 'c', ...texts)
    await expect.poll(() => asked.flat().length).toBeGreaterThan(500)
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(rig.queue.line(0).length).toBeGreaterThanOrEqual(2_000)

    rig.heads.before = () => undefined
    raised()
    await expect.poll(() => rig.queue.depth(0)).toBe(0)
    expect(rig.history.texts('c')).toEqual(['a', ...texts])
  })
})
