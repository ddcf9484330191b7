import { toMessageId } from '../../contract/ids.js'
import { CommandKind, type Candidate } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { permits } from '../rights/rights.js'
import type { Target } from './message-rules.js'
import type { NamedMessages } from './named-messages.js'
import { readWaits, takeTurns, type TurnWish } from './turn-queries.js'

/** A candidate that everything else permits. */
type Sender = { candidate: Candidate; target: Target }

/** Whether a candidate has to wait for its turn: a new message, in front of the queue, in a channel with slow mode. */
export function isSlowed({ kind, isQueued }: Candidate, target: Target | undefined): boolean {
  return (
    target !== undefined &&
    target.slowModeS > 0 &&
    isQueued !== true &&
    (kind === CommandKind.COMMAND_KIND_MESSAGE || kind === CommandKind.COMMAND_KIND_UNSPECIFIED) &&
    !permits(target.permissions, 'manage_messages')
  )
}

/**
 * Lets members write one after the other in channels with slow mode. Whose turn it was stands in the database, so that it holds whichever
 * gateway and core they come through. A repeat is no next message: of what was let through lately, and of whatever is stored.
 */
export class SlowMode {
  readonly #database: Database
  readonly #namedMessages: NamedMessages

  constructor(deps: { database: Database; namedMessages: NamedMessages }) {
    this.#database = deps.database
    this.#namedMessages = deps.namedMessages
  }

  /** Takes their turns; for each, in their order, why it has to wait, or undefined. One statement, and two more where somebody has to. */
  async take(senders: readonly Sender[]): Promise<(RecadoError | undefined)[]> {
    if (senders.length === 0) return []
    const wishes = senders.map(({ candidate }) => toWish(candidate))
    const firsts = new Map<string, TurnWish>()
    for (const wish of wishes) if (!firsts.has(toKey(wish))) firsts.set(toKey(wish), wish)
    const taken = await this.#database.read((handle) => takeTurns(handle, [...firsts.values()]))
    const keys = new Set(taken.map(toKey))
    // Of several of one user in one batch the first has the turn, and its repeats have it too.
    const hasTurn = (wish: TurnWish) => keys.has(toKey(wish)) && isSame(wish, firsts.get(toKey(wish)))
    const waiting = senders.filter((_sender, index) => !hasTurn(wishes[index] as TurnWish))
    if (waiting.length === 0) return senders.map(() => undefined)
    const faults = await this.#findFaults(waiting)
    return senders.map((sender) => faults.get(sender.candidate))
  }

  /** What is stored is let through, so that its sender learns that it is. */
  async #findFaults(waiting: readonly Sender[]): Promise<Map<Candidate, RecadoError>> {
    const named = waiting.filter(({ candidate }) => candidate.nonce !== undefined)
    const found = await this.#namedMessages.find(named.map(toNamed))
    const stored = new Set(
      named.filter((_sender, index) => isThere(found[index])).map(({ candidate }) => candidate),
    )
    const refused = waiting.filter(({ candidate }) => !stored.has(candidate))
    const waits = await this.#database.read((handle) =>
      readWaits(
        handle,
        refused.map(({ candidate }) => toWish(candidate)),
      ),
    )
    const waitOf = new Map(waits.map((each) => [toKey(each), each.waitMs]))
    return new Map(
      refused.map(({ candidate, target }) => {
        const waitMs = waitOf.get(toKey(toWish(candidate))) ?? target.slowModeS * 1_000
        return [candidate, tooSoon(target.slowModeS, waitMs)]
      }),
    )
  }
}

function toWish({ channelId, senderId, nonce }: Candidate): TurnWish {
  return { channelId, userId: senderId, nonce }
}

function toKey({ channelId, userId }: Pick<TurnWish, 'channelId' | 'userId'>): string {
  return `${channelId}\0${userId}`
}

/** Whether two wishes are the same one, or tries of the same message. */
function isSame(wish: TurnWish, first: TurnWish | undefined): boolean {
  return wish === first || (wish.nonce !== undefined && wish.nonce === first?.nonce)
}

function toNamed({ candidate, target }: Sender) {
  const { channelId, senderId, nonce } = candidate
  const id = toMessageId({ channelId, senderId, nonce, attempt: '' })
  return { channelId, id, headSeq: target.headSeq }
}

function isThere(found: Awaited<ReturnType<NamedMessages['find']>>[number] | undefined): boolean {
  return found !== undefined && found !== 'unknown' && found.message !== undefined
}

function tooSoon(slowModeS: number, retryAfterMs: number): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    `This channel has slow mode: one message in ${slowModeS} s. Wait before the next.`,
    { retryAfterMs, reason: 'SLOW_MODE' },
  )
}
