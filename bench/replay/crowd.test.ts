import { describe, expect, it } from 'vitest'
import { Findings } from '../chat/findings.js'
import { Crowd } from './crowd.js'

class Chair {
  isOpen = false
  async open() {
    this.isOpen = true
  }
  close() {
    this.isOpen = false
  }
}

function chairs(count: number): Chair[] {
  return Array.from({ length: count }, () => new Chair())
}

describe('crowd', () => {
  it('closes the least recently used idle seat for another', async () => {
    const [first, second, third] = chairs(3) as [Chair, Chair, Chair]
    const findings = new Findings()
    const crowd = new Crowd(2, findings)
    for (const chair of [first, second, first]) {
      await crowd.hold(chair)
      crowd.release(chair)
    }

    await crowd.hold(third)

    expect([first, second, third].map(({ isOpen }) => isOpen)).toEqual([true, false, true])
    expect(findings.count('closed client')).toBe(1)
  })

  it('waits while every seat is held', async () => {
    const [first, second] = chairs(2) as [Chair, Chair]
    const crowd = new Crowd(1, new Findings())
    await crowd.hold(first)
    const held = crowd.hold(second)
    await Promise.resolve()
    const openBefore = second.isOpen

    crowd.release(first)
    await held

    expect(openBefore).toBe(false)
    expect([first.isOpen, second.isOpen]).toEqual([false, true])
  })
})
