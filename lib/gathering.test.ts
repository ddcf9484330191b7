import { describe, expect, it } from 'vitest'
import { Gathering } from './gathering.js'

/** A gathering of texts, with what it has handed on so far. */
function gathering(options: { intervalMs?: number; maxGroups?: number; maxKeys?: number } = {}) {
  const flushed: string[] = []
  const of = new Gathering<string, string>({
    intervalMs: 60_000,
    maxGroups: 3,
    maxKeys: 2,
    join: (group, part) => (group.includes('|') || part.includes('|') ? undefined : group + part),
    flush: (key, group) => {
      flushed.push(`${key}: ${group}`)
      return group.includes('!') ? Promise.reject(new Error(group)) : Promise.resolve(group)
    },
    ...options,
  })
  return { of, flushed }
}

describe('gathering', () => {
  it('hands the first on at once, and the others together once the interval is over', async () => {
    const { of, flushed } = gathering({ intervalMs: 5 })

    const results = await Promise.all(['a', 'b', 'c'].map((part) => of.add('k', part)))

    expect(results).toEqual(['a', 'bc', 'bc'])
    expect(flushed).toEqual(['k: a', 'k: bc'])
  })

  it('keeps the order of a key, also of what may not go together, and keys apart', async () => {
    const { of, flushed } = gathering({ intervalMs: 1 })

    await Promise.all(['a', 'b', '|c', 'd'].map((part) => of.add('k', part)).concat(of.add('l', 'x')))

    expect(flushed.filter((each) => each.startsWith('k'))).toEqual(['k: a', 'k: b', 'k: |c', 'k: d'])
    expect(flushed).toContain('l: x')
  })

  it('tells everybody of a group what it came to, and goes on behind a fault', async () => {
    const { of } = gathering({ intervalMs: 1 })

    const results = await Promise.allSettled(['a', '!', '?', '|z'].map((part) => of.add('k', part)))

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  })

  it('refuses what would wait beyond its bounds, and takes it later', async () => {
    const { of } = gathering({ maxGroups: 1 })
    const first = of.add('k', 'a')
    void of.add('k', '|b').catch(() => undefined)

    expect(() => of.add('k', '|c')).toThrow(expect.objectContaining({ code: 'resource_exhausted' }))
    void of.add('l', 'x')
    expect(() => of.add('m', 'x')).toThrow(expect.objectContaining({ code: 'resource_exhausted' }))
    expect(await first).toBe('a')
  })

  it('hands on all that waits when it is closed, and what comes later at once', async () => {
    const { of, flushed } = gathering()
    const all = ['a', 'b', '|c'].map((part) => of.add('k', part))

    await of.close()

    expect(flushed).toEqual(['k: a', 'k: b', 'k: |c'])
    expect(await Promise.all(all)).toEqual(['a', 'b', '|c'])
    expect(await of.add('k', 'd')).toBe('d')
  })
})
