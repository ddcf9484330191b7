import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toMessageId } from '../../contract/ids.js'
import { Permission, type Candidate } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import { body, ConsumerRig, permitAll } from '../support/consumer-rig.js'

/** Core whose look-up of what is answered was not answered in time. */
const leavesUnchecked = {
  submit: async (asked: readonly Candidate[]) =>
    asked.map(({ replyTo }) => ({
      outcome: {
        $case: 'permission' as const,
        value: Permission.fromPartial({ replyToUnchecked: replyTo !== undefined }),
      },
    })),
}

const first = toMessageId({ channelId: 'c', senderId: 'ana', nonce: 'nonce of first', attempt: '' })

describe('what is answered, where core could not find out whether it is there', () => {
  let rig: ConsumerRig

  beforeEach(async () => {
    rig = new ConsumerRig({ validator: leavesUnchecked })
    await rig.send(0, 'c', 'first')
    rig.start(0)
    await isEmpty()
    rig.history.calls.length = 0
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rig.stop()
  })

  const isEmpty = () => expect.poll(() => rig.queue.depth(0)).toBe(0)
  const answer = (text: string, replyTo: string) => rig.queue.publish(0, body('c', text, { replyTo }))
  const finds = () => rig.history.calls.filter((call) => call === 'find').length
  const refusals = () =>
    rig.outcomes.flatMap(({ result }) => (result?.$case === 'refused' ? [result.value.reason] : []))

  it('is looked up in the log: what answers nothing is refused', async () => {
    await rig.send(0, 'd', 'elsewhere')
    const elsewhere = toMessageId({
      channelId: 'd',
      senderId: 'ana',
      nonce: 'nonce of elsewhere',
      attempt: '',
    })
    await answer('to nothing', 'nothing')
    await answer('to another channel', elsewhere)
    await answer('to the first', first)
    await isEmpty()

    expect(rig.history.texts('c')).toEqual(['first', 'to the first'])
    expect(refusals()).toEqual(Array(2).fill('REPLY_TO_NOT_FOUND'))
  })

  it('costs one read for all of a batch, and none where nothing is answered', async () => {
    let go = () => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    rig.history.before = (call) => (call === 'append' ? held : undefined)
    await rig.send(0, 'c', 'nothing answered')
    await expect.poll(() => rig.history.calls).toEqual(['append'])
    for (const text of ['a', 'b', 'c']) await answer(text, first)
    go()
    await isEmpty()

    expect(rig.history.texts('c')).toEqual(['first', 'nothing answered', 'a', 'b', 'c'])
    expect(finds()).toBeLessThanOrEqual(2)
  })

  it('holds the message while the log does not answer, and neither stores nor refuses it', async () => {
    let isAway = true
    rig.history.before = (call) => {
      if (call === 'find' && isAway) throw new RecadoError('unavailable', 'away')
    }
    await answer('to nothing', 'nothing')
    await answer('to the first', first)
    await expect.poll(finds).toBeGreaterThan(3)
    expect(rig.history.texts('c')).toEqual(['first'])
    expect(refusals()).toEqual([])

    isAway = false
    await isEmpty()

    expect(rig.history.texts('c')).toEqual(['first', 'to the first'])
    expect(refusals()).toEqual(['REPLY_TO_NOT_FOUND'])
    expect(rig.queue.dead).toEqual([])
  })

  it('is looked up once, though the verdict grows too old meanwhile: a slow log ends nothing', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    rig.history.before = (call) => (call === 'find' ? vi.advanceTimersByTimeAsync(3_000) : undefined)
    await answer('to the first', first)
    await vi.waitFor(() => expect(rig.queue.depth(0)).toBe(0))

    expect(rig.history.texts('c')).toEqual(['first', 'to the first'])
    expect(finds()).toBe(1)
  })

  it('is core to decide where it could', async () => {
    const { history, heads } = rig
    const other = new ConsumerRig({ validator: { submit: permitAll }, history, heads })
    await other.queue.publish(0, body('c', 'answer', { replyTo: 'nothing' }))
    other.start(0)
    await expect.poll(() => other.queue.depth(0)).toBe(0)
    await other.stop()

    expect(history.texts('c')).toEqual(['first', 'answer'])
    expect(finds()).toBe(0)
  })
})
