/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1))
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.between(0, 255)))
  }

  /** Text of any script, with characters that JSON knows more often than others. */
  text(length: number): string {
    const one = (): string =>
      this.between(0, 2) > 0
        ? this.pick(['"', '[', ']', '{', '}', ',', ':', '\\', '0', 'e', '-', 'u', ' ', 'null', '\u0000'])
        : String.fromCodePoint(this.pick([this.between(1, 0xd7ff), this.between(0x1_0000, 0x10_ffff)]))
    return Array.from({ length }, one).join('')
  }

  /** Any JSON value. */
  json(depth = 3): unknown {
    const kind = this.between(0, depth > 0 ? 6 : 4)
    if (kind === 0) return null
    if (kind === 1) return this.between(0, 1) === 0
    if (kind === 2) return this.between(-5, 5) * 10 ** this.between(-400, 400)
    if (kind <= 4) return this.text(this.between(0, 8))
    const items = Array.from({ length: this.between(0, 5) }, () => this.json(depth - 1))
    return kind === 5 ? items : Object.fromEntries(items.map((item) => [this.text(3), item]))
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
