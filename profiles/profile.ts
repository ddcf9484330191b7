import type { Database } from '../ports/database/database.js'
import type { Heads } from '../ports/heads/heads.js'
import type { History } from '../ports/history/history.js'
import type { Limits } from '../ports/limits/limits.js'
import type { Queue } from '../ports/queue/queue.js'
import type { Recent } from '../ports/recent/recent.js'

/**
 * The ports of one process. Each is opened when it is first asked for, so that a program opens no more than it uses, and is the same
 * one from then on.
 */
export type Ports = {
  database(): Promise<Database>
  heads(): Promise<Heads>
  history(): Promise<History>
  recent(): Promise<Recent>
  limits(): Promise<Limits>
  queue(partitions: number): Promise<Queue>
  /** Closes what was opened, last opened first. */
  close(): Promise<void>
}

/** Turns a function that opens something into one that opens it once. */
export function once<A extends unknown[], T>(open: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let opened: Promise<T> | undefined
  return (...args) => (opened ??= open(...args))
}
