import { randomBytes } from 'node:crypto'
import { Api, type Account } from '../api.js'
import { eachBounded } from '../bounded.js'
import { Findings } from '../chat/findings.js'
import { ChannelLedger } from '../chat/ledger.js'
import type { Meter } from '../chat/meter.js'
import { Sender } from '../chat/sender.js'
import { Sending } from '../chat/sending.js'
import { Heartbeats } from '../heartbeats.js'

/** Who sends at once. */
export const senderCount = 64
const minChannels = 8
/** Requests at once. */
const concurrency = 8

type Member = { account: Account; sender: Sender; ledger: ChannelLedger }

/** Some channels with `fanOut` members joined to each; 64 of the members send. */
export class Stage {
  readonly findings: Findings
  readonly #members: readonly Member[]
  readonly #heartbeats: Heartbeats
  #sent = 0

  private constructor(members: readonly Member[], heartbeats: Heartbeats, findings: Findings) {
    this.#members = members
    this.#heartbeats = heartbeats
    this.findings = findings
  }

  /** Signs up, makes the channels, connects and joins. */
  static async create(url: string, fanOut: number): Promise<Stage> {
    const api = new Api(url)
    const findings = new Findings()
    const heartbeats = new Heartbeats()
    const run = randomBytes(4).toString('hex')
    const channelCount = channelsFor(fanOut)
    const accounts = await signUp(api, run, channelCount * fanOut)
    const owner = await api.signUp(`owner~${run}`, run)
    const ids = accounts.map(({ id }) => id)
    const serverId = await api.createServer(owner, `pipeline ${run}`, ids)
    const ledgers: ChannelLedger[] = []
    for (let index = 0; index < channelCount; index += 1) {
      const id = await api.createChannel(owner, serverId, `channel-${index}`)
      ledgers.push(new ChannelLedger(id, `${index}`, findings))
    }
    const readHistory = (channelId: string, after: number) => api.history(owner, channelId, after)
    const members = accounts.flatMap((account, index) => {
      const ledger = ledgers[index % channelCount]
      const sender = new Sender({ url, token: account.token, heartbeats, findings, readHistory })
      return ledger ? [{ account, sender, ledger }] : []
    })
    await eachBounded(
      members,
      concurrency,
      async ({ sender, ledger }) => void (await sender.seat.join(ledger)),
    )
    return new Stage(members, heartbeats, findings)
  }

  /** One of the 64 senders sends a message; resolves when it is stored. */
  async send(sender: number, meter: Meter): Promise<void> {
    const member = this.#members[sender]
    if (!member) throw new Error(`there is no sender ${sender}`)
    const sending = new Sending({
      nonce: `n${this.#sent}`,
      content: `Message ${this.#sent} of a benchmark, about as long as people write in a chat.`,
      senderId: member.account.id,
      verdict: 'stored',
      position: this.#sent++,
      meter,
      findings: this.findings,
    })
    member.ledger.expect(sending)
    await member.sender.send(sending, member.ledger)
    await sending.settled
  }

  /** Closes the connections. */
  close(): void {
    for (const { sender } of this.#members) sender.seat.close()
    this.#heartbeats.stop()
  }
}

/** Enough channels for all senders to be members. */
function channelsFor(fanOut: number): number {
  return Math.max(minChannels, Math.ceil(senderCount / fanOut))
}

async function signUp(api: Api, run: string, count: number): Promise<Account[]> {
  const accounts: Account[] = []
  await eachBounded(Array.from({ length: count }).keys(), concurrency, async (index) => {
    accounts[index] = await api.signUp(`member-${index}~${run}`, run)
  })
  return accounts
}
