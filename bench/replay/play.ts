import { eachBounded, Slots } from '../bounded.js'
import { Change } from '../chat/change.js'
import type { Findings } from '../chat/findings.js'
import type { ChannelLedger } from '../chat/ledger.js'
import type { Meter } from '../chat/meter.js'
import { Sending } from '../chat/sending.js'
import type { Account } from '../api.js'
import type { Author } from './author.js'
import type { LogChannel, LogMessage } from './chat-log.js'
import type { Crowd } from './crowd.js'
import { Mix } from './mix.js'
import { Pace } from './pace.js'
import { verdictOn } from './texts.js'

/** Who plays what, where. */
export type Cast = {
  run: string
  channels: readonly LogChannel[]
  /** In the order of the channels. */
  ledgers: readonly ChannelLedger[]
  authors: readonly Author[]
  accounts: readonly Account[]
  crowd: Crowd
  meter: Meter
  findings: Findings
}

/** How fast it is played. */
export type Tempo = { channels: number; inFlight: number; rate: number; mix: number | undefined }

/** One message, about to be sent. */
type Step = {
  author: Author
  ledger: ChannelLedger
  sending: Sending
  mix: Mix | undefined
  endTurn: () => void
  isLast: boolean
}

/**
 * In a channel of mean length, so many messages may wait for their authors' turn while others go ahead: nobody holds a channel up. In
 * a longer one more, so that all channels end at about the same time.
 */
const lookAhead = 64
/** Authors join a channel when they are so many messages away from their next. */
const joinAhead = 8

/** Sends a log: channels side by side, each about in its order, each author's messages strictly so, many messages in flight. */
export class Play {
  readonly #cast: Cast
  readonly #slots: Slots
  readonly #pace: Pace
  readonly #atOnce: number
  readonly #meanLength: number
  /** What still goes on after a message was accepted. */
  readonly #endings = new Set<Promise<void>>()
  readonly #seed: number | undefined
  #sent = 0

  constructor(cast: Cast, tempo: Tempo) {
    this.#cast = cast
    this.#slots = new Slots(tempo.inFlight)
    this.#pace = new Pace(tempo.rate)
    this.#seed = tempo.mix
    this.#atOnce = Math.min(tempo.channels, cast.channels.length)
    this.#meanLength =
      cast.channels.reduce((sum, { messages }) => sum + messages.length, 0) / cast.channels.length
  }

  /** Sends everything; resolves when all of it is stored, refused or given up, and every author has left. */
  async run(): Promise<void> {
    await this.#joinFirst()
    await eachBounded(this.#cast.channels, this.#atOnce, (channel, index) =>
      this.#playChannel(channel, index),
    )
    await Promise.all(this.#endings)
  }

  /** Those who begin are there before the clock starts, with the first message. */
  async #joinFirst(): Promise<void> {
    const { channels, ledgers } = this.#cast
    const joins = channels
      .slice(0, this.#atOnce)
      .flatMap(({ messages }, index) =>
        messages.slice(0, joinAhead).map((message) => this.#joinEarly(message, at(ledgers, index))),
      )
    await Promise.all(joins)
  }

  async #playChannel({ messages }: LogChannel, index: number): Promise<void> {
    const ledger = at(this.#cast.ledgers, index)
    const byLine = new Map<number, Sending>()
    const mix = this.#seed === undefined ? undefined : new Mix(this.#seed, index)
    const ahead = new Slots(Math.ceil((lookAhead * messages.length) / this.#meanLength))
    const steps: Promise<void>[] = []
    for (const [position, message] of messages.entries()) {
      void this.#joinEarly(messages[position + joinAhead], ledger)
      const author = at(this.#cast.authors, message.author)
      await ahead.take()
      const step = author.takeTurn().then((endTurn) => {
        const sending = this.#prepare(message, position, { byLine, mix })
        byLine.set(message.line, sending)
        ledger.expect(sending)
        return this.#perform({ author, ledger, sending, mix, endTurn, isLast: message.isLast })
      })
      steps.push(step.finally(() => ahead.give()))
    }
    await Promise.all(steps)
  }

  async #joinEarly(message: LogMessage | undefined, ledger: ChannelLedger): Promise<void> {
    if (!message) return
    const { seat } = at(this.#cast.authors, message.author).sender
    // A failure shows when the message is sent.
    if (this.#cast.crowd.has(seat)) await seat.join(ledger).catch(() => {})
  }

  #prepare(
    message: LogMessage,
    position: number,
    { byLine, mix }: { byLine: ReadonlyMap<number, Sending>; mix: Mix | undefined },
  ): Sending {
    const { run, meter, findings, accounts } = this.#cast
    const answered = message.replyToLine === undefined ? mix?.reply() : byLine.get(message.replyToLine)
    return new Sending({
      nonce: `${run}-${this.#sent++}`,
      content: message.text,
      senderId: at(accounts, message.author).id,
      replyTo: answered?.state === 'refused' ? undefined : answered?.id,
      verdict: verdictOn(message.text),
      position,
      meter,
      findings,
    })
  }

  async #perform(step: Step): Promise<void> {
    try {
      await this.#enter(step)
    } catch (cause) {
      step.sending.failed(`could not be sent: ${String(cause)}`)
      this.#cast.crowd.release(step.author.sender.seat)
      return step.endTurn()
    }
    const ending = this.#end(step, this.#send(step)).finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }

  async #enter({ author, ledger }: Step): Promise<void> {
    await this.#cast.crowd.hold(author.sender.seat)
    await author.sender.seat.join(ledger)
    await this.#slots.take()
    await this.#pace.next()
  }

  #send({ author, ledger, sending, endTurn }: Step): Promise<void> {
    return author.sender.send(sending, ledger).finally(() => {
      this.#slots.give()
      endTurn()
    })
  }

  /** What the author does once the message is stored, one after another. */
  async #change(
    author: Author,
    { ledger, sending, mix }: Pick<Step, 'ledger' | 'sending'> & { mix: Mix },
  ): Promise<void> {
    await sending.settled
    if (sending.state !== 'stored') return
    const { run, meter, findings } = this.#cast
    const { senderId: userId } = sending.options
    for (const { deed, of } of mix.after(sending)) {
      const change = new Change({ nonce: `${run}-${this.#sent++}`, deed, of, userId, meter, findings })
      ledger.expectChange(change)
      await author.sender.send(change, ledger)
      await change.settled
    }
  }

  async #end({ author, ledger, sending, mix, isLast }: Step, accepted: Promise<void>): Promise<void> {
    await accepted
    if (mix) await author.busy(this.#change(author, { ledger, sending, mix }))
    if (isLast) await author.leave(ledger, sending)
    else await sending.settled
    this.#cast.crowd.release(author.sender.seat)
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`nothing at ${index}`)
  return item
}
