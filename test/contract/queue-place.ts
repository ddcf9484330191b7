import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import type { Log } from '../../lib/log.js'
import type { DeadLetter, Delivery, Queue, QueueName, QueueSession } from '../../ports/queue/queue.js'

/** How the queues of a place are. */
export type PlaceOptions = { maxQueueBytes?: number; publishDeadlineMs?: number; log?: Log }

/** Where queues live: what one queue object leaves there, the next one finds. It has {@link PARTITIONS} partitions. */
export type QueuePlace = {
  open(): Promise<Queue>
  drop(): Promise<void>
}

/** How many partitions the tests have. */
export const PARTITIONS = 2

/** No limit that a test would notice. */
export const UNLIMITED = { maxItems: 100_000, maxBytes: 2 ** 40 }

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal
}

/** Opens a session with no end to its patience. */
export function openSession(queue: Queue, name: QueueName = 0): Promise<QueueSession> {
  return queue.open(name, never())
}

/** Takes until there are `count` deliveries, or the session ends, or 20 s have passed. */
export async function takeCount(session: QueueSession, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  const late = Date.now() + 20_000
  while (taken.length < count && !session.closed.aborted) {
    const batch = await within(late - Date.now(), session.take(UNLIMITED))
    taken.push(...batch)
  }
  return taken
}

/** Rejects when `work` takes longer. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${Math.round(timeoutMs)} ms`)), timeoutMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** A log that keeps its lines. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }), lines }
}

/** Publishes texts to a partition, all at once. */
export async function publishAll(queue: Queue, texts: readonly string[], partition = 0): Promise<void> {
  await Promise.all(texts.map((text) => queue.publish(partition, Buffer.from(text))))
}

/** What the deliveries say. */
export function texts(deliveries: readonly { body: Buffer }[]): string[] {
  return deliveries.map(({ body }) => body.toString())
}

/** The numbers first, first + 1, … as texts. */
export function numbers(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index))
}

/** A text of so many bytes. */
export function textOf(bytes: number): string {
  return randomBytes(bytes / 2).toString('hex')
}

/** Removes all dead letters and returns them. */
export async function drainAll(queue: Queue): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  await queue.drainDeadLetters(async (letter) => void letters.push(letter), 1_000)
  return letters
}

/** Publishes texts and buries each. */
export async function buryAll(queue: Queue, bodies: readonly string[]): Promise<void> {
  const session = await openSession(queue)
  await publishAll(queue, bodies)
  for (const delivery of await takeCount(session, bodies.length)) await session.bury(delivery, 'bad')
  await session.close()
}

/** Publishes 1,000 bytes at a time until it is refused; returns why, or undefined if it never was. */
export async function fillUp(queue: Queue, onAccepted: () => void): Promise<unknown> {
  for (let sent = 0; sent < 200; sent += 1) {
    try {
      await queue.publish(0, Buffer.from(textOf(1_000)))
      onAccepted()
    } catch (error) {
      return error
    }
  }
  return undefined
}

/** Whether 1,000 bytes are accepted. */
export async function publishes(queue: Queue): Promise<boolean> {
  return queue.publish(0, Buffer.from(textOf(1_000))).then(
    () => true,
    () => false,
  )
}
