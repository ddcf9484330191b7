import { describe, expect, it } from 'vitest'
import { FrameRun } from './frame-run.js'

const [a, b, c] = ['aa', 'b', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]

describe('a run of frames', () => {
  it('joins its frames in order and knows their bytes', () => {
    const run = FrameRun.empty().with(a).with(b).with(c)

    expect(run.joined().toString()).toBe('aabccc')
    expect(run.bytes).toBe(6)
  })

  it('of one frame is that frame, uncopied', () => {
    expect(FrameRun.empty().with(a).joined()).toBe(a)
  })

  it('is shared by all that add the same frames in the same order, and so is its joined buffer', () => {
    const empty = FrameRun.empty()

    const [first, second] = [empty.with(a).with(b), empty.with(a).with(b)]

    expect(first).toBe(second)
    expect(first.joined()).toBe(second.joined())
  })

  it('is not touched by those that go another way', () => {
    const empty = FrameRun.empty()
    const first = empty.with(a).with(b)
    const second = empty.with(a).with(c)
    const third = empty.with(b).with(a)

    expect([first, second, third].map((run) => run.joined().toString())).toEqual(['aab', 'aaccc', 'baa'])
  })

  it('may be as long as memory allows', () => {
    let run = FrameRun.empty()
    for (let n = 0; n < 100_000; n++) run = run.with(b)

    expect(run.joined()).toHaveLength(100_000)
  })
})
