import type { Command } from '../../contract/commands.js'
import type { Outcome } from '../../gen/recado/v1/types.js'

/** A message as a client hands it in. */
export type Draft = {
  senderId: string
  channelId: string
  content: string
  nonce: string | undefined
  replyTo: string | undefined
  /** The session that sends: what it still has in the queue when it ends is refused. */
  sessionId?: string | undefined
  /** A JSON object, as text of at most 8 KiB: kept and handed on, never looked into. */
  data?: string | undefined
  /** The sender's own clock, a time of RFC 3339. */
  sentAt?: string | undefined
}

/** A message that the broker has confirmed. */
export type Accepted = {
  id: string
  channelId: string
  timestamp: string
  /** What becomes of it: stored, or refused by the consumer. Rejects with `unavailable` when nothing was heard for 10 minutes or the gateway stops. */
  outcome: Promise<Outcome>
}

/**
 * Takes a message on its way; resolves once it is accepted. Calls keep their order for each channel.
 * @throws `invalid_argument` for a malformed draft and what validation refuses; `resource_exhausted` for who sends too fast;
 * `unavailable` and `deadline_exceeded` when it may have happened all the same
 */
export type SendMessage = (draft: Draft) => Promise<Accepted>

/** What is asked of a message that is stored. */
export type Change = Exclude<Command, { $case: 'message' }>

/** A change of a message as a client hands it in. */
export type ChangeDraft = Pick<Draft, 'senderId' | 'channelId' | 'nonce' | 'sessionId'> & { change: Change }

/**
 * Takes a change on its way, as {@link SendMessage} a message; the id is the change's own. What is appended is gathered first, at most
 * a second.
 * @throws what {@link SendMessage} throws; `not_found`, retryable, while the message is not stored
 */
export type ChangeMessage = (draft: ChangeDraft) => Promise<Accepted>
