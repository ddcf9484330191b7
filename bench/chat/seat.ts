import { Backoff } from '../backoff.js'
import { WireClient, type Fields, type Reply } from '../client.js'
import type { Heartbeats } from '../heartbeats.js'
import type { Findings } from './findings.js'
import type { ChannelLedger } from './ledger.js'
import { Subscription, type ReadHistory } from './subscription.js'

/** What a seat is made of. */
export type SeatOptions = {
  /** The server, as `http://host:port`. */
  url: string
  token: string
  heartbeats: Heartbeats
  findings: Findings
  readHistory: ReadHistory
  /** An outcome of something sent: `message:ack` or `message:rejected`. */
  onOutcome?: (event: string, payload: Fields) => void
  /** Connected again, all channels joined again, after a connection was lost. */
  onBack?: () => void
}

/** A broadcast begins `[null,null,"channel:`; the channel's id follows. */
const broadcastPrefix = Buffer.from('[null,null,"channel:')
const quote = 0x22

/**
 * One user's place at the server: a connection that is made again when it is lost, the channels it has joined, and
 * its position on each.
 */
export class Seat {
  readonly #options: SeatOptions
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #joins = new Map<string, Promise<Subscription>>()
  /** Whose event came last: the next one is most likely of the same channel. */
  #latest: Subscription | undefined
  #client: WireClient | undefined
  #opening: Promise<void> | undefined
  #isWanted = false

  constructor(options: SeatOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#client?.isOpen === true && this.#opening === undefined
  }

  /** Connects and joins what was joined, trying again for two minutes; returns at once when it is open. */
  open(): Promise<void> {
    this.#isWanted = true
    if (this.isOpen) return Promise.resolve()
    this.#opening ??= this.#reopen().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  /** Closes the connection and gives its places on all channels up. */
  close(): void {
    this.#isWanted = false
    for (const channelId of [...this.#subscriptions.keys()]) this.#forget(channelId)
    this.#client?.close()
    this.#client = undefined
  }

  /** Joins a channel, once. Rejects when the server refuses for good. */
  join(ledger: ChannelLedger): Promise<Subscription> {
    const joining = this.#joins.get(ledger.channelId) ?? this.#join(ledger)
    this.#joins.set(ledger.channelId, joining)
    return joining
  }

  /** Its place on a channel, if it has one. */
  subscription(ledger: ChannelLedger): Subscription | undefined {
    return this.#subscriptions.get(ledger.channelId)
  }

  /** Leaves a channel; resolves when nothing more of it can come. */
  leave(ledger: ChannelLedger): Promise<void> {
    return new Promise((resolve) => {
      const left = () => {
        this.#forget(ledger.channelId)
        resolve()
      }
      if (this.#client) this.#client.leave(ledger.topic, left)
      else left()
    })
  }

  /** Pushes on a joined channel; `onReply` is called exactly once. */
  push(ledger: ChannelLedger, event: string, payload: Fields, onReply: (reply: Reply) => void): void {
    if (this.#client) this.#client.push(ledger.topic, event, payload, onReply)
    else onReply({ status: 'closed' })
  }

  async #join(ledger: ChannelLedger): Promise<Subscription> {
    const subscription = new Subscription(ledger, this.#options.readHistory)
    this.#subscriptions.set(ledger.channelId, subscription)
    const backoff = new Backoff()
    while (this.#subscriptions.get(ledger.channelId) === subscription) {
      await this.open()
      if (subscription.isLive || (await this.#rejoin(subscription))) return subscription
      if (!(await backoff.wait())) throw new Error(`joining ${ledger.label} took too long`)
    }
    throw new Error(`${ledger.label} was left before it was joined`)
  }

  async #reopen(): Promise<void> {
    const backoff = new Backoff()
    while (this.#isWanted && !(await this.#tryOpen())) {
      if (!(await backoff.wait())) throw new Error('the server could not be reached')
    }
  }

  async #tryOpen(): Promise<boolean> {
    const client = await this.#connect().catch(() => undefined)
    if (!client) return false
    this.#client = client
    const joins = [...this.#subscriptions.values()].map((subscription) => this.#rejoin(subscription))
    const isComplete = (await Promise.all(joins)).every(Boolean)
    if (!isComplete) client.terminate()
    return isComplete
  }

  async #connect(): Promise<WireClient> {
    const { url, token, heartbeats } = this.#options
    const client: WireClient = await WireClient.connect({
      url,
      token,
      heartbeats,
      onFrame: (frame) => this.#matches(frame),
      onEvent: (topic, event, payload, frame) => this.#event(topic, event, payload, frame),
      onClose: () => this.#lost(client),
    })
    return client
  }

  #rejoin(subscription: Subscription): Promise<boolean> {
    const { ledger, joinPayload } = subscription
    return new Promise((resolve, reject) => {
      const answered = (reply: Reply) => {
        if (reply.status === 'ok')
          subscription.joined(reply.response as Parameters<Subscription['joined']>[0])
        if (isFinal(reply)) reject(new Error(`joining ${ledger.label} was refused: ${JSON.stringify(reply)}`))
        else resolve(reply.status === 'ok')
      }
      if (this.#client) this.#client.join(ledger.topic, joinPayload, answered)
      else resolve(false)
    })
  }

  #forget(channelId: string): void {
    if (this.#latest?.ledger.channelId === channelId) this.#latest = undefined
    this.#subscriptions.delete(channelId)
    this.#joins.delete(channelId)
  }

  #lost(client: WireClient): void {
    if (client !== this.#client || !this.#isWanted) return
    for (const subscription of this.#subscriptions.values()) subscription.interrupted()
    this.#options.findings.note('reconnect')
    void this.open().then(
      () => this.#options.onBack?.(),
      (cause: unknown) => this.#options.findings.fault(`a connection stayed lost: ${String(cause)}`),
    )
  }

  #matches(frame: Buffer): boolean {
    if (this.#latest?.matches(frame)) return true
    const start = broadcastPrefix.length
    if (broadcastPrefix.compare(frame, 0, start) !== 0) return false
    const channelId = frame.toString('latin1', start, frame.indexOf(quote, start))
    this.#latest = this.#subscriptions.get(channelId)
    return this.#latest?.matches(frame) === true
  }

  #event(topic: string, event: string, payload: Fields, frame: Buffer): void {
    if (event === 'message:ack' || event === 'message:rejected')
      return this.#options.onOutcome?.(event, payload)
    // The server ended the topic without being asked: begin again, from where it was.
    if (event === 'phx_error' || event === 'phx_close') return this.#client?.terminate()
    const subscription = this.#subscriptions.get(topic.replace(/^channel:/, ''))
    if (subscription) subscription.take(event, payload, frame)
    else if (payload.seq !== undefined) this.#options.findings.fault(`${event} on ${topic}, which was left`)
  }
}

function isFinal(reply: Reply): boolean {
  return reply.status === 'error' && reply.response.retryable === false
}
