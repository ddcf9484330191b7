import { describe, expect, it } from 'vitest'
import { FrameRun, PIECE_BYTES } from './frame-run.js'

const [a, b, c] = ['aa', 'b', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]
const joined = (run: FrameRun): string => Buffer.concat(run.pieces()).toString()

describe('a run of frames', () => {
  it('joins its frames in order and knows their bytes', () => {
    const run = FrameRun.empty().with(a).with(b).with(c)

    expect(run.pieces().map(String)).toEqual(['aabccc'])
    expect(run.bytes).toBe(6)
  })

  it('of one frame is that frame, uncopied', () => {
    expect(FrameRun.empty().with(a).pieces()[0]).toBe(a)
  })

  it('is shared by all that add the same frames in the same order, and so are its pieces', () => {
    const empty = FrameRun.empty()

    const [first, second] = [empty.with(a).with(b), empty.with(a).with(b)]

    expect(first).toBe(second)
    expect(first.pieces()).toBe(second.pieces())
  })

  it('is not touched by those that go another way', () => {
    const empty = FrameRun.empty()
    const first = empty.with(a).with(b)
    const second = empty.with(a).with(c)
    const third = empty.with(b).with(a)

    expect([first, second, third].map(joined)).toEqual(['aab', 'aaccc', 'baa'])
  })

  it('may be as long as memory allows', () => {
    let run = FrameRun.empty()
    for (let n = 0; n < 100_000; n++) run = run.with(b)

    expect(joined(run)).toHaveLength(100_000)
  })

  it('comes in pieces that hold whole frames, and only a frame that is larger makes a larger piece', () => {
    const sizes = [30_000, 30_000, 5_536, 1, PIECE_BYTES + 1, 10]
    const frames = sizes.map((size, n) => Buffer.alloc(size, n))

    const run = frames.reduce((all, frame) => all.with(frame), FrameRun.empty())

    expect(run.pieces().map(({ length }) => length)).toEqual([PIECE_BYTES, 1, PIECE_BYTES + 1, 10])
    expect(Buffer.concat(run.pieces()).equals(Buffer.concat(frames))).toBe(true)
  })
})
