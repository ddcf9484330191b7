import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, planPage, toWindow, type Cursor } from './page-plan.js'

/** Reads a page of a log that holds a message at each of 1..head, as the plan says. */
function readPage(cursor: Cursor, limit: number, head: number) {
  const parts = planPage(cursor, limit, head).map((part) => {
    const { first, last } = toWindow({ ...part, limit: part.limit + 1 })
    const read = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
    return cut(read, part, { maxBytes: Infinity, sizeOf: () => 1 })
  })
  return { seqs: parts.flatMap((part) => part.items), hasMore: parts[0]?.hasMore }
}

const before = (value: number): Cursor => ({ $case: 'before', value })
const after = (value: number): Cursor => ({ $case: 'after', value })
const around = (value: number): Cursor => ({ $case: 'around', value })

describe('page plan', () => {
  it.each<[string, Cursor, number, number, number[], boolean]>([
    ['the newest', undefined, 3, 5, [3, 4, 5], true],
    ['all of a short log', undefined, 5, 5, [1, 2, 3, 4, 5], false],
    ['an empty log', undefined, 3, 0, [], false],
    ['before, without it', before(4), 2, 5, [2, 3], true],
    ['before, up to the beginning', before(3), 2, 5, [1, 2], false],
    ['before 0', before(0), 2, 5, [], false],
    ['before 1', before(1), 2, 5, [], false],
    ['before something past the head', before(99), 2, 5, [4, 5], true],
    ['after, without it', after(2), 2, 5, [3, 4], true],
    ['after, up to the head', after(3), 2, 5, [4, 5], false],
    ['after 0', after(0), 2, 5, [1, 2], true],
    ['after the head', after(5), 2, 5, [], false],
    ['after something past the head', after(99), 2, 5, [], false],
    ['around, with it', around(3), 2, 5, [3, 4], true],
    ['around with an odd limit', around(3), 3, 5, [2, 3, 4], true],
    ['around with one message', around(3), 1, 5, [3], true],
    ['around near the beginning', around(1), 4, 5, [1, 2, 3], false],
    ['around 0', around(0), 4, 5, [1, 2], false],
    ['around the head', around(5), 4, 5, [4, 5], true],
    ['around something past the head', around(99), 4, 5, [4, 5], true],
  ])('reads %s', (_name, cursor, limit, head, seqs, hasMore) => {
    expect(readPage(cursor, limit, head)).toEqual({ seqs, hasMore })
  })

  it('never reads past the head, more than asked, or out of order', () => {
    const cursors = fc.tuple(
      fc.constantFrom(before, after, around, () => undefined),
      fc.nat(40),
    )
    fc.assert(
      fc.property(cursors, fc.integer({ min: 1, max: 20 }), fc.nat(30), ([make, value], limit, head) => {
        const { seqs } = readPage(make(value), limit, head)
        expect(seqs.length).toBeLessThanOrEqual(limit)
        expect(seqs.every((seq) => seq >= 1 && seq <= head)).toBe(true)
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      }),
    )
  })

  it('walks the whole log by either cursor, each message once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(60), (limit, head) => {
        const all = Array.from({ length: head }, (_, index) => index + 1)
        const down: number[] = []
        for (let page = readPage(undefined, limit, head); ;) {
          down.unshift(...page.seqs)
          if (!page.hasMore) break
          page = readPage(before(down[0] ?? 0), limit, head)
        }
        const up: number[] = []
        for (let page = readPage(after(0), limit, head); ;) {
          up.push(...page.seqs)
          if (!page.hasMore) break
          page = readPage(after(up.at(-1) ?? 0), limit, head)
        }
        expect({ down, up }).toEqual({ down: all, up: all })
      }),
    )
  })
})
