import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Api, type Account, type Page } from '../../bench/api.js'
import { Findings } from '../../bench/chat/findings.js'
import type { ChannelLedger } from '../../bench/chat/ledger.js'
import { Meter, nowMs } from '../../bench/chat/meter.js'
import { Sender } from '../../bench/chat/sender.js'
import { Sending } from '../../bench/chat/sending.js'
import { Heartbeats } from '../../bench/heartbeats.js'
import { checkChannel } from '../../bench/replay/checks.js'
import { Observer } from '../../bench/replay/observer.js'
import type { Product } from './product.js'
import { SeenLedger } from './seen-ledger.js'
import { byAmqp, byGrpc, byHttp, type Way } from './ways.js'

/** Somebody who sends to one channel, one message after the other, each until it is accepted. */
type Client = { account: Account; ledger: SeenLedger; way: Way }

/** A message from its first send until it is known to be stored. */
type Sent = { sending: Sending; begunAt: number; storedAt: number }

/** A pause between two messages of a client, in milliseconds. */
const pauseMs = 50
/** Connections are asked to beat so often: a dead one is noticed at the second. */
const beatMs = 4_000

/** Two channels, somebody who reads both, and clients of every face who send numbered messages to them. */
export class Stage {
  readonly findings = new Findings()
  readonly #meter = new Meter()
  readonly #heartbeats = new Heartbeats(beatMs, 4)
  readonly #observer = new Observer()
  readonly #ledgers: SeenLedger[] = []
  readonly #clients: Client[] = []
  readonly #sent: Sent[] = []
  readonly #givenUp = new AbortController()
  readonly #gaveUp = once(this.#givenUp.signal, 'abort')
  #readHistory: (channelId: string, after: number) => Promise<Page> = () =>
    Promise.reject(new Error('not yet'))
  #isSending = true
  #loops: Promise<unknown> = Promise.resolve()

  /** Signs people up, makes the channels, connects and joins. */
  static async set(product: Product): Promise<Stage> {
    const stage = new Stage()
    await stage.#set(product)
    return stage
  }

  /** How many messages were sent. */
  get count(): number {
    return this.#sent.length
  }

  /** Begins to send. */
  begin(): void {
    this.#loops = Promise.all(this.#clients.map((client, index) => this.#send(client, index)))
  }

  /**
   * Sends no more and waits until all that was sent is stored and seen, at most `withinMs`. Resolves with how long after `since` it
   * took all that had been sent before it to be stored, in milliseconds.
   */
  async end(since: number, withinMs: number): Promise<number> {
    this.#isSending = false
    const late = setTimeout(() => this.#giveUp(withinMs), withinMs)
    await this.#loops
    const allSettled = Promise.all(this.#sent.map(({ sending }) => sending.settled))
    await Promise.race([allSettled, this.#gaveUp])
    clearTimeout(late)
    await Promise.all(this.#ledgers.map((ledger) => this.#observer.on(ledger).reached(lastSeq(ledger))))
    const before = this.#sent.filter(({ begunAt }) => begunAt <= since)
    return Math.max(since, ...before.map(({ storedAt }) => storedAt)) - since
  }

  /** Reads history back and checks it against all that was sent, told and seen. */
  async check(): Promise<void> {
    for (const ledger of this.#ledgers) {
      const readPage = (after: number) => this.#readHistory(ledger.channelId, after)
      await checkChannel({ ledger, observer: this.#observer.on(ledger), readPage })
    }
  }

  /** Closes every connection. */
  close(): void {
    for (const { way } of this.#clients) way.close()
    this.#observer.close()
    this.#heartbeats.stop()
  }

  async #set(product: Product): Promise<void> {
    const { url, env } = product
    const api = new Api(product.directUrl)
    const run = randomBytes(4).toString('hex')
    const [owner, ...people] = await Promise.all(
      ['owner', 'socket-1', 'socket-2', 'http', 'grpc', 'amqp'].map((name) =>
        api.signUp(`${name}~${run}`, `pass ${run}`),
      ),
    )
    if (!owner) throw new Error('nobody was signed up')
    const ids = people.map(({ id }) => id)
    const serverId = await api.createServer(owner, `chaos ${run}`, ids)
    for (const name of ['one', 'two'])
      this.#ledgers.push(new SeenLedger(await api.createChannel(owner, serverId, name), name, this.findings))
    this.#readHistory = (channelId, after) => api.history(owner, channelId, after)
    await this.#observer.watch(this.#ledgers, this.#seat(url, owner.token))
    const [one, two] = this.#ledgers as [SeenLedger, SeenLedger]
    const [first, second, http, grpc, amqp] = people as [Account, Account, Account, Account, Account]
    this.#clients.push(
      { account: first, ledger: one, way: await this.#bySocket(url, first, one) },
      { account: second, ledger: two, way: await this.#bySocket(url, second, two) },
      { account: http, ledger: one, way: byHttp(url, http, one.channelId) },
      { account: grpc, ledger: two, way: await byGrpc(env, grpc, two.channelId) },
    )
    if (env.AMQP_URL !== undefined)
      this.#clients.push({ account: amqp, ledger: one, way: byAmqp(env.AMQP_URL, amqp, one.channelId) })
  }

  #seat(url: string, token: string) {
    const readHistory = (channelId: string, after: number) => this.#readHistory(channelId, after)
    return { url, token, heartbeats: this.#heartbeats, findings: this.findings, readHistory }
  }

  async #bySocket(url: string, account: Account, ledger: ChannelLedger): Promise<Way> {
    const sender = new Sender(this.#seat(url, account.token))
    await sender.seat.join(ledger)
    return {
      tells: 'stored',
      send: (sending) => sender.send(sending, ledger),
      close: () => sender.seat.close(),
    }
  }

  async #send(client: Client, index: number): Promise<void> {
    const { account, ledger, way } = client
    for (let position = 0; this.#isSending; position += 1) {
      const sending = new Sending({
        nonce: `${index}-${position}`,
        content: `message ${position} of client ${index}`,
        senderId: account.id,
        verdict: 'stored',
        position,
        meter: this.#meter,
        findings: this.findings,
      })
      ledger.expect(sending)
      const sent = { sending, begunAt: nowMs(), storedAt: Infinity }
      this.#sent.push(sent)
      void sending.settled.then(() => (sent.storedAt = nowMs()))
      await way.send(sending, this.#givenUp.signal)
      if (way.tells === 'accepted') ledger.awaitSight(sending)
      await delay(pauseMs)
    }
  }

  /** What was accepted and is not stored by now is told apart by what history says. */
  #giveUp(withinMs: number): void {
    this.#givenUp.abort()
    for (const { sending } of this.#sent) {
      if (!sending.isSettled && sending.state !== 'accepted')
        sending.failed(`is ${sending.state}, and nothing more was heard within ${withinMs / 1_000} s`)
    }
  }
}

function lastSeq(ledger: ChannelLedger): number {
  return Math.max(0, ...[...ledger.sendings].map(({ seq }) => seq ?? 0))
}
