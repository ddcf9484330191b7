import type { Deed } from '../chat/change.js'
import type { Sending } from '../chat/sending.js'

/** How many of a hundred messages are edited, deleted, followed by a reaction, or by one taken back; and of those that answer none in the log, made to answer one. */
const shares = { edit: 8, delete: 3, react: 20, unreact: 4, reply: 10 }

/** Messages that reactions and answers choose among. */
const RECENT = 50

const emoji = ['👍', '❤️', '😂', '🎉', '👀', ':+1:', ':ubuntu:', '🙏']

/** What is mixed into the replay of one channel: the same for the same seed. */
export class Mix {
  readonly #random: () => number
  readonly #recent: Sending[] = []
  /** Each user's latest reaction that may still be there. */
  readonly #reactions = new Map<string, { of: Sending; emoji: string }>()

  constructor(seed: number, channel: number) {
    this.#random = mulberry32(seed * 65_537 + channel)
  }

  /** A message to answer, for one that answers none; mostly none. */
  reply(): Sending | undefined {
    return this.#happens(shares.reply) ? this.#pick() : undefined
  }

  /** What a user does once a message of theirs is stored. */
  after(sending: Sending): { deed: Deed; of: Sending }[] {
    const { content, senderId } = sending.options
    const deeds: { deed: Deed; of: Sending }[] = []
    if (this.#happens(shares.react)) {
      const [of, mark] = [this.#pick() ?? sending, this.#choose(emoji)]
      this.#reactions.set(senderId, { of, emoji: mark })
      deeds.push({ deed: { event: 'reaction:add', emoji: mark }, of })
    }
    const reaction = this.#reactions.get(senderId)
    if (reaction && this.#happens((100 * shares.unreact) / shares.react)) {
      this.#reactions.delete(senderId)
      deeds.push({ deed: { event: 'reaction:remove', emoji: reaction.emoji }, of: reaction.of })
    }
    const fate = 100 * this.#random()
    if (fate < shares.delete) deeds.push({ deed: { event: 'message:delete' }, of: sending })
    else if (fate < shares.delete + shares.edit)
      deeds.push({
        deed: { event: 'message:edit', content: `${content.slice(0, 3_900)} (edited)` },
        of: sending,
      })
    this.#recent.push(sending)
    if (this.#recent.length > RECENT) this.#recent.shift()
    return deeds
  }

  #happens(percent: number): boolean {
    return 100 * this.#random() < percent
  }

  #pick(): Sending | undefined {
    return this.#recent[Math.floor(this.#random() * this.#recent.length)]
  }

  #choose(items: readonly string[]): string {
    return items[Math.floor(this.#random() * items.length)] ?? ''
  }
}

/** A small generator of numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
