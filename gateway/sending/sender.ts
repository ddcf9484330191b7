import type { Outcome } from '../../gen/recado/v1/history_service.js'

/** A message as a client hands it in, its format already checked. */
export type Draft = {
  senderId: string
  channelId: string
  content: string
  nonce: string | undefined
  replyTo: string | undefined
}

/** A message that the broker has confirmed. */
export type Accepted = { id: string; channelId: string; timestamp: string; attempt: string }

/** Takes messages on their way: validation, then the queue. */
export interface Sender {
  /**
   * Sends a message; resolves once it is accepted. Calls keep their order for each channel.
   * `onOutcome` is called at most once, after that, when the message is stored or refused by the consumer.
   * @throws what validation refuses; `unavailable` and `deadline_exceeded` when it may have happened all the same.
   */
  send(draft: Draft, onOutcome?: (outcome: Outcome) => void): Promise<Accepted>
}
