import type { ErrorCode } from '../../gen/recado/v1/types.js'

/** How far a channel is. */
export type ChannelHead = {
  channelId: string
  /** Changes when seqs may have been given twice. */
  epoch: string
  /** The latest event's number; 0 in an empty channel. */
  seq: number
  /** How many messages the channel has. */
  count: number
}

/** A channel's new head. */
export type HeadRaise = {
  channelId: string
  seq: number
  count: number
  /** The newest message among the events that raise it, if there is one. */
  lastMessage?: { id: string; at: string }
  /** Who wrote messages among the events that raise it, each once, with the latest of theirs: up to there they have read. */
  senders?: readonly { userId: string; seq: number; count: number }[]
}

/** What the consumer refused, for gateways that lost the stream. */
export type RefusalRecord = {
  /** The id that the message would have had. */
  id: string
  /** The try that was refused. */
  attempt: string
  channelId: string
  code: ErrorCode
  reason: string
  message: string
}

/**
 * The heads of channels, and what was refused, in the relational database. A channel is born with head 0 when core makes its row;
 * from then on only the consumer raises it, after the durable write to history and before any acknowledgement. Nobody reads past it.
 * Whoever writes has read up to what they wrote: that is raised in the same step.
 */
export interface Heads {
  /** Reads heads; channels that are not there are missing from the answer. */
  read(channelIds: readonly string[]): Promise<Map<string, ChannelHead>>

  /**
   * Raises heads and records refusals, all or nothing, durably. A head never goes down: a raise at or below it changes nothing,
   * nor does one of a channel that is not there; a refusal that is there stays. So doing it again is harmless. At most one raise a channel.
   */
  raise(raises: readonly HeadRaise[], refusals: readonly RefusalRecord[]): Promise<void>

  /** Finds refusals by id and attempt; those not refused, or longer than a day ago, are missing. */
  refusals(attempts: readonly { id: string; attempt: string }[]): Promise<RefusalRecord[]>

  /** Forgets refusals older than a day. */
  forget(): Promise<void>
}
