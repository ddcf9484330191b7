import type { Event } from '../../gen/recado/v1/types.js'

/** How many of a channel's latest events are kept. */
export const RECENT_EVENTS = 500

/** Consecutive events of one channel, in order; their bytes too where somebody has encoded them already. */
export type RecentRun = {
  channelId: string
  epoch: string
  events: readonly Event[]
  encoded?: readonly Uint8Array[]
}

/**
 * A copy of each channel's latest events: `{epoch, from, to}` and the events from..to, at most {@link RECENT_EVENTS}. Written by
 * the consumer only. It may be empty or behind at any time (lost on a restart, evicted, skipped while away) but never wrong:
 * what it answers is what the log holds.
 */
export interface Recent {
  /**
   * Adds runs, atomically for each channel. Of a run, what is at or below `to` is left out; the rest is added where `to` = its
   * first seq − 1; else, or under another epoch, the channel's copy begins anew with it.
   */
  append(runs: readonly RecentRun[]): Promise<void>

  /**
   * Reads the events first..last (seqs, inclusive), all of them in order, or undefined where the copy has another epoch or does
   * not hold every one of them.
   */
  read(channelId: string, epoch: string, first: number, last: number): Promise<Event[] | undefined>

  /** Forgets the copies of channels, as of those that are deleted. */
  forget(channelIds: readonly string[]): Promise<void>

  /** Resolves when the server answers; rejects with `unavailable`, at the latest after two seconds. */
  ping(): Promise<void>

  /** Lets go of the connections. Calling again changes nothing. */
  close(): Promise<void>
}
