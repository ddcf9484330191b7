import { Registry } from 'prom-client'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { Batcher } from '../../consumer/intake/batcher.js'
import { workInbox } from '../../consumer/intake/inbox.js'
import { workPartition } from '../../consumer/intake/partition.js'
import { DeliveriesHub } from '../../consumer/deliveries/deliveries-hub.js'
import { ConsumerMetrics } from '../../consumer/metrics.js'
import { Pipeline, type PipelineDeps } from '../../consumer/pipeline/pipeline.js'
import { Permission, type Candidate, type Verdict } from '../../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import { encodePayload } from '../../contract/payload.js'
import type { EncodedEvent } from '../../contract/events.js'
import type { Event, Outcome } from '../../gen/recado/v1/types.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { MemoryHeads } from './memory/memory-heads.js'
import { MemoryHistory } from './memory/memory-history.js'
import { MemoryQueue } from './memory/memory-queue.js'

/** Short, so that a test takes milliseconds. */
const backoff = { firstMs: 1, maxMs: 8 }

/** A line of the log. */
export type LogLine = { msg: string; level: number } & Record<string, unknown>

/** A consumer's partitions on ports in memory. */
export class ConsumerRig {
  readonly queue = new MemoryQueue()
  readonly history = new MemoryHistory()
  readonly heads = new MemoryHeads()
  readonly hub = new DeliveriesHub()
  readonly registry = new Registry()
  readonly lines: LogLine[] = []
  readonly outcomes: Outcome[] = []
  readonly events: Event[] = []
  readonly deps: PipelineDeps
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>[] = []

  constructor(overrides: Partial<PipelineDeps> = {}) {
    const log = pino({ level: 'debug' }, toLines(this.lines))
    const metrics = new ConsumerMetrics(this.registry, () => 0)
    const { history, heads, hub } = this
    const recent = new MemoryRecent()
    this.deps = {
      validator: { submit: permitAll },
      notifier: { notify: () => Promise.resolve() },
      history,
      heads,
      recent,
      hub,
      metrics,
      log,
      ...overrides,
    }
    const deliver = (events: EncodedEvent[], outcomes: Outcome[]) => {
      this.events.push(...events.map(({ event }) => event))
      this.outcomes.push(...outcomes)
    }
    this.hub.add({ origin: 'gateway', deliver, end: () => undefined })
  }

  /** Forwards what is in the inbox to `partitions` partitions until {@link stop}. */
  startInbox(partitions: number): this {
    const { metrics, log } = this.deps
    this.#running.push(
      workInbox({ queue: this.queue, partitions, metrics, log, backoff }, this.#stopping.signal),
    )
    return this
  }

  /** Works these partitions until {@link stop}. */
  start(...partitions: number[]): this {
    const pipeline = new Pipeline(this.deps)
    const batcher = new Batcher((entries, onStored) => pipeline.run(entries, onStored))
    for (const number of partitions)
      this.#running.push(
        workPartition(number, this.queue, this.#stopping.signal, {
          ...this.deps,
          pipeline,
          batcher,
          backoff,
        }),
      )
    return this
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  /** Puts messages with these texts into a partition. */
  async send(partition: number, channelId: string, ...texts: string[]): Promise<void> {
    for (const text of texts) await this.queue.publish(partition, body(channelId, text))
  }

  /** The lines of the log that say this. */
  said(msg: string): LogLine[] {
    return this.lines.filter((line) => line.msg === msg)
  }
}

/** The body of a message; without an `origin` nobody hears what becomes of it. */
export function body(channelId: string, message: string, more: Partial<QueuedCommand> = {}): Buffer {
  return encodePayload({
    senderId: 'ana',
    channelId,
    command: { $case: 'message', value: message },
    timestamp: '2026-01-01T00:00:00.000Z',
    nonce: `nonce of ${message}`,
    replyTo: undefined,
    data: undefined,
    sentAt: undefined,
    sessionId: undefined,
    attempt: newId(),
    origin: 'gateway',
    moderated: true,
    traceparent: '',
    ...more,
  })
}

/** Core that permits everything. */
export function permitAll(asked: readonly Candidate[]): Promise<readonly Verdict[]> {
  return Promise.resolve(asked.map(permit))
}

export function permit(): Verdict {
  return { outcome: { $case: 'permission', value: Permission.fromPartial({}) } }
}

export function refuse(): Verdict {
  return {
    outcome: {
      $case: 'refusal',
      value: { code: ErrorCode.ERROR_CODE_PERMISSION_DENIED, reason: 'NOT_FOUND', message: 'no member' },
    },
  }
}

function toLines(lines: LogLine[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as LogLine)
      done()
    },
  })
}
