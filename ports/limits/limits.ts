/** How often something may be done under one key: a user, an address, a name. */
export type Limit = {
  /** Names the limit: what is counted under one name is counted apart from the others. Lower case, with hyphens. */
  readonly name: string
  /** How often in one window. 0: no limit. */
  readonly points: number
  /** How long a window is, in whole seconds, 1 or more. It begins with the first point that is taken in it. */
  readonly windowSeconds: number
  /** What the refused read: what was too much, and what to do. */
  readonly message: string
  /**
   * `exact` (the default): everybody counts together, at the price of one round trip. `loose`: this process decides at once by what it
   * has counted itself; from a quarter of the points on it tells the others within 25 ms, and hears from them. For what is frequent
   * and cheap: several processes together may let through what is done in that time beyond the limit.
   */
  readonly sharing?: 'exact' | 'loose'
}

/**
 * Counts what people do, and refuses what is too much. What the processes of one product count under a limit's name and a key, they
 * count together.
 *
 * It never stands in the way of work: where the counts are kept elsewhere and that place is away, each process goes on alone with what
 * it counts itself, under the same limits, after a wait of at most 250 ms once in two seconds. Counts may be lost (a restart, more
 * than 100,000 keys): then a window begins anew. Wall clocks do not matter.
 */
export interface Limits {
  /**
   * Takes one point. Nothing is taken when it is refused.
   * @throws `resource_exhausted` with the limit's message and the time until the window ends, when the points are used up
   */
  take(limit: Limit, key: string): Promise<void>

  /**
   * Asks whether a point could be taken, and takes none: for what counts only once it has failed.
   * @throws `resource_exhausted` as {@link take}
   */
  check(limit: Limit, key: string): Promise<void>

  /** Lets go of the connections. Calling again changes nothing. */
  close(): Promise<void>
}
