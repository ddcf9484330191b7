import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../api.js'
import { eachBounded } from '../bounded.js'
import { Findings } from '../chat/findings.js'
import { ChannelLedger } from '../chat/ledger.js'
import { Meter, nowMs } from '../chat/meter.js'
import { Heartbeats } from '../heartbeats.js'
import type { Progress } from '../progress.js'
import { Author } from './author.js'
import type { ChatLog } from './chat-log.js'
import { checkChannel } from './checks.js'
import { Crowd } from './crowd.js'
import { Observer } from './observer.js'
import { Play, type Cast, type Tempo } from './play.js'
import { createWorld, type World } from './world.js'

/** What came out of a replay. */
export type ReplayOutcome = {
  ledgers: readonly ChannelLedger[]
  authors: number
  meter: Meter
  findings: Findings
}

/** Without any progress for so long, a replay is given up, in milliseconds. Longer than any single thing is retried. */
const quietMs = 150_000
/** Connections being opened at once. */
const concurrency = 32
/** Channels whose history is read at once. */
const readers = 4

/** Replays a log on the server at `url`: sets the stage, plays, reads the history back and checks. */
export async function runReplay(
  log: ChatLog,
  url: string,
  options: Tempo & { clients: number },
  progress: Progress,
): Promise<ReplayOutcome> {
  const run = randomInt(36 ** 5).toString(36)
  const api = new Api(url)
  const world = await createWorld(api, log, run, progress)
  const stage = createStage(log, url, run, world, api, options.clients)
  try {
    await stage.observer.watch(stage.cast.ledgers, stage.seatOptions(world.observer.token))
    await openEarly(stage.cast, options.clients, progress)
    await play(stage, options, progress)
    await check(stage, api, world, progress)
  } finally {
    stage.close()
  }
  const { ledgers, meter, findings, authors } = stage.cast
  return { ledgers, authors: authors.length, meter, findings }
}

type Stage = ReturnType<typeof createStage>

function createStage(log: ChatLog, url: string, run: string, world: World, api: Api, clients: number) {
  const findings = new Findings()
  const heartbeats = new Heartbeats()
  const seatOptions = (token: string) => ({
    url,
    token,
    heartbeats,
    findings,
    readHistory: (channelId: string, after: number) => api.history(world.observer, channelId, after),
  })
  const ledgers = log.channels.map(
    ({ name }, index) => new ChannelLedger(world.channelIds[index] ?? '', name, findings),
  )
  const cast: Cast = {
    run,
    channels: log.channels,
    ledgers,
    authors: world.authors.map(({ token }) => new Author(seatOptions(token))),
    accounts: world.authors,
    crowd: new Crowd(clients, findings),
    meter: new Meter(),
    findings,
  }
  const observer = new Observer()
  const close = () => {
    observer.close()
    cast.crowd.close()
    heartbeats.stop()
  }
  return { cast, observer, seatOptions, close }
}

async function openEarly({ authors, crowd }: Cast, clients: number, progress: Progress): Promise<void> {
  const early = authors.slice(0, clients)
  let done = 0
  progress.begin('connecting', early.length, () => done)
  await eachBounded(early, concurrency, async (author) => {
    await crowd.hold(author.sender.seat)
    crowd.release(author.sender.seat)
    done += 1
  })
}

async function play({ cast, observer }: Stage, tempo: Tempo, progress: Progress): Promise<void> {
  const total = cast.channels.reduce((sum, { messages }) => sum + messages.length, 0)
  progress.begin('messages stored', total, () => cast.meter.stored.count)
  const isDone = await finishes(new Play(cast, tempo).run(), cast.meter)
  if (!isDone) return cast.findings.fault(`nothing went on for ${quietMs / 1_000} s: given up`)
  await Promise.all(cast.ledgers.map((ledger) => observer.on(ledger).reached(lastSeq(ledger))))
}

/** Whether `work` ends before nothing has gone on for too long. */
async function finishes(work: Promise<void>, meter: Meter): Promise<boolean> {
  let isDone = false
  const done = work.then(() => (isDone = true))
  let progressed = { at: nowMs(), to: meter.progress }
  while (!isDone && nowMs() - progressed.at < quietMs) {
    await Promise.race([done, delay(1_000)])
    if (meter.progress !== progressed.to) progressed = { at: nowMs(), to: meter.progress }
  }
  return isDone
}

function lastSeq(ledger: ChannelLedger): number {
  let last = 0
  for (const { seq } of ledger.sendings) last = Math.max(last, seq ?? 0)
  for (const { seq } of ledger.changes) last = Math.max(last, seq ?? 0)
  return last
}

async function check({ cast, observer }: Stage, api: Api, world: World, progress: Progress): Promise<void> {
  let done = 0
  progress.begin('channels checked', cast.ledgers.length, () => done)
  const checked = eachBounded(cast.ledgers, readers, async (ledger) => {
    const readPage = (after: number) => api.history(world.observer, ledger.channelId, after)
    await checkChannel({ ledger, observer: observer.on(ledger), readPage })
    done += 1
  })
  await checked.catch((cause: unknown) => cast.findings.fault(`history could not be read: ${String(cause)}`))
}
