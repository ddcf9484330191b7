import type { Page, WireMessage } from '../api.js'
import type { ChannelLedger } from '../chat/ledger.js'
import { toFolded, type Folded } from '../chat/fold.js'
import type { Sending } from '../chat/sending.js'
import type { Subscription } from '../chat/subscription.js'

/** What one channel's history must agree with. */
export type ChannelProof = {
  ledger: ChannelLedger
  /** The one who was joined from the first event to the last. */
  observer: Pick<Subscription, 'last'>
  /** Reads the page of messages after a seq. */
  readPage: (after: number) => Promise<Page>
}

/** Reads one channel's history from its beginning and checks it against all that was sent, promised and seen. */
export async function checkChannel({ ledger, observer, readPage }: ChannelProof): Promise<void> {
  const history = new HistoryCheck(ledger)
  let page: Page
  let before: number
  do {
    before = history.last
    page = await readPage(before)
    for (const message of page.messages) history.next(message)
  } while (page.has_more && history.last > before)
  history.reach(page.head.seq)
  if (page.head.seq !== history.last) {
    ledger.fault(`history ends at ${history.last}, but the head is ${page.head.seq}`)
  }
  if (observer.last !== history.last) {
    ledger.fault(`the observer has seen up to ${observer.last}, but history ends at ${history.last}`, 'lost')
  }
  history.end()
  history.endChanges()
}

/** Goes along a channel's history, message by message, and takes every difference down as a fault of the channel. */
export class HistoryCheck {
  readonly #ledger: ChannelLedger
  readonly #found = new Set<Sending>()
  readonly #lastOf = new Map<string, number>()
  /** What clients have who followed the events. */
  readonly #folded: ReadonlyMap<string, Folded> | undefined
  #last = 0
  #count = 0

  constructor(ledger: ChannelLedger) {
    this.#ledger = ledger
    this.#folded = ledger.fold()
  }

  /** The seq that history has come to. */
  get last(): number {
    return this.#last
  }

  /** Takes the next message of history. */
  next(message: WireMessage): void {
    const { seq, count, nonce } = message
    this.reach(seq - 1)
    if (seq !== this.#last + 1) this.#ledger.fault(`history has ${seq} after ${this.#last}`, 'misordered')
    if (count !== ++this.#count) this.#ledger.fault(`history counts ${count} messages at ${seq}`)
    this.#last = seq
    const seen = this.#ledger.idAt(seq)
    if (seen !== message.id)
      this.#ledger.fault(`history has ${message.id} at ${seq}, where readers saw ${seen}`, 'misordered')
    const sending = this.#ledger.sending(nonce)
    if (sending) this.#compare(sending, message)
    else this.#ledger.fault(`history has message ${nonce} at ${seq}, which was never sent`)
  }

  /** Goes over the changes up to a seq, which history does not show. */
  reach(seq: number): void {
    while (this.#last < seq && (this.#ledger.isChange(this.#last + 1) || !this.#folded)) this.#last += 1
  }

  /** History is over: whatever was stored must have been in it. */
  end(): void {
    for (const sending of this.#ledger.sendings) {
      const { nonce } = sending.options
      const isThere = this.#found.has(sending)
      if (sending.state === 'stored' && !isThere)
        this.#ledger.fault(`history has no message ${nonce}`, 'lost')
      if (sending.isSettled) continue
      const isLost = sending.state === 'accepted' && !isThere
      this.#ledger.fault(`message ${nonce} ${toEnd(sending, isThere)}`, isLost ? 'lost' : 'other')
    }
  }

  /** Every change was done with, and what is called an event was seen as one. */
  endChanges(): void {
    for (const change of this.#ledger.changes) {
      if (!change.isSettled) change.failed(`was ${change.state} and never acknowledged or refused`)
      const isSeen = !this.#folded || this.#ledger.isChange(change.seq ?? 0)
      if (change.isEvent && !isSeen)
        change.failed(`was stored at ${change.seq}, where readers saw none`, 'lost')
    }
  }

  /** A message is as those have it who followed the events. */
  #compareFolded(message: WireMessage): void {
    const folded = this.#folded?.get(message.id)
    if (folded && toText(folded) !== toText(toFolded(message)))
      this.#ledger.fault(`message ${message.nonce} of history is otherwise than its events tell`)
  }

  #compare(sending: Sending, message: WireMessage): void {
    const name = `message ${message.nonce} of history`
    const difference = sending.difference(message, this.#ledger.changes.length > 0)
    this.#compareFolded(message)
    if (difference) this.#ledger.fault(`${name} ${difference}`)
    if (this.#found.has(sending)) this.#ledger.fault(`${name} is there twice`, 'doubled')
    if (sending.state === 'refused') this.#ledger.fault(`${name} was refused, and is there`, 'wrongly told')
    if (sending.seq !== undefined && sending.seq !== message.seq) {
      this.#ledger.fault(
        `${name} is at ${message.seq}, but was acknowledged as ${sending.seq}`,
        'wrongly told',
      )
    }
    this.#found.add(sending)
    this.#checkOrder(sending, name)
  }

  #checkOrder(sending: Sending, name: string): void {
    const { senderId, position } = sending.options
    const before = this.#lastOf.get(senderId) ?? -1
    if (position < before) this.#ledger.fault(`${name} stands behind a later one of its author`, 'misordered')
    this.#lastOf.set(senderId, Math.max(position, before))
  }
}

/** Reactions in any order: a page has them by emoji. */
function toText({ content, isDeleted, marks }: Folded): string {
  return JSON.stringify([content, isDeleted, [...marks].sort()])
}

function toEnd({ state }: Sending, isThere: boolean): string {
  return `was ${state} and never acknowledged or refused; history ${isThere ? 'has it' : 'does not have it'}`
}
