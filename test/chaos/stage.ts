import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Api, type Account, type Page } from '../../bench/api.js'
import { Findings } from '../../bench/chat/findings.js'
import { ChannelLedger } from '../../bench/chat/ledger.js'
import { Meter, nowMs } from '../../bench/chat/meter.js'
import { Sender } from '../../bench/chat/sender.js'
import { Sending } from '../../bench/chat/sending.js'
import { Heartbeats } from '../../bench/heartbeats.js'
import { checkChannel } from '../../bench/replay/checks.js'
import { Observer } from '../../bench/replay/observer.js'
import type { Product } from './product.js'
import { byAmqp, byGrpc, byHttp, type Way } from './ways.js'

/** Somebody who sends to one channel, one message after the other, each until it is accepted. */
type Client = { account: Account; ledger: ChannelLedger; way: Way }

/** A message from its first send until its client has heard all that its way tells. */
type Sent = { sending: Sending; client: Client; begunAt: number; toldAt: number }

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
  readonly #ledgers: ChannelLedger[] = []
  readonly #clients: Client[] = []
  readonly #sent: Sent[] = []
  readonly #givenUp = new AbortController()
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
   * Sends no more and waits until all that was sent is told and read, at most `withinMs`; what is not then is a fault. Resolves with
   * how long after `since` it took all that had been sent before it, in milliseconds.
   */
  async end(since: number, withinMs: number): Promise<number> {
    this.#isSending = false
    const late = setTimeout(() => this.#giveUp(withinMs), withinMs)
    await this.#loops
    const before = this.#sent.filter(({ begunAt }) => begunAt <= since)
    await Promise.all(
      this.#sent.filter(({ client }) => client.way.tells === 'stored').map(({ sending }) => sending.settled),
    )
    clearTimeout(late)
    const toldAt = Math.max(since, ...before.map((each) => each.toldAt))
    await Promise.all(this.#ledgers.map((ledger) => this.#observer.on(ledger).reached(lastSeq(ledger))))
    return toldAt - since
  }

  /** Reads history back and checks it against all that was sent, told and seen. */
  async check(): Promise<void> {
    for (const ledger of this.#ledgers) {
      const head = await this.#learnAccepted(ledger)
      await this.#observer.on(ledger).reached(head)
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
      this.#ledgers.push(
        new ChannelLedger(await api.createChannel(owner, serverId, name), name, this.findings),
      )
    this.#readHistory = (channelId, after) => api.history(owner, channelId, after)
    await this.#observer.watch(this.#ledgers, this.#seat(url, owner.token))
    const [one, two] = this.#ledgers as [ChannelLedger, ChannelLedger]
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
      const sent = { sending, client, begunAt: nowMs(), toldAt: Infinity }
      this.#sent.push(sent)
      if (way.tells === 'stored') void sending.settled.then(() => (sent.toldAt = nowMs()))
      await way.send(sending, this.#givenUp.signal)
      if (way.tells === 'accepted') sent.toldAt = nowMs()
      await delay(pauseMs)
    }
  }

  #giveUp(withinMs: number): void {
    this.#givenUp.abort()
    for (const { sending, client } of this.#sent) {
      const isTold = sending.isSettled || (client.way.tells === 'accepted' && sending.state === 'accepted')
      if (!isTold)
        sending.failed(`is ${sending.state}, and nothing more was heard within ${withinMs / 1_000} s`)
    }
  }

  /** By gRPC and AMQP nobody is told more than that it is accepted: history must have it then. Returns where history ends. */
  async #learnAccepted(ledger: ChannelLedger): Promise<number> {
    for (let last = 0; ;) {
      const { messages } = await this.#readHistory(ledger.channelId, last)
      for (const { id, seq, nonce } of messages) {
        const sending = ledger.sending(nonce)
        if (sending?.state === 'accepted') sending.stored({ id, seq })
      }
      const before = last
      last = messages.at(-1)?.seq ?? last
      if (last === before) return last
    }
  }
}

function lastSeq(ledger: ChannelLedger): number {
  return Math.max(0, ...[...ledger.sendings].map(({ seq }) => seq ?? 0))
}
