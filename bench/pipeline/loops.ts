import { setTimeout as delay } from 'node:timers/promises'
import { nowMs, type Meter } from '../chat/meter.js'
import { senderCount, type Stage } from './stage.js'

/** After the time is over, the messages in flight have so long to be stored, in milliseconds. */
const drainWithinMs = 60_000

/** Each sender keeps the same number of messages in flight: the next one goes when one is stored. */
export async function closedLoop(
  stage: Stage,
  meter: Meter,
  seconds: number,
  inFlight: number,
): Promise<void> {
  const until = nowMs() + seconds * 1_000
  const lane = async (number: number) => {
    while (nowMs() < until) await stage.send(number % senderCount, meter)
  }
  const lanes = Array.from({ length: inFlight }, (_, number) => lane(number))
  await inTime(Promise.all(lanes), seconds)
}

/** Sends at a steady rate, whatever becomes of the messages before. */
export async function openLoop(stage: Stage, meter: Meter, seconds: number, rate: number): Promise<void> {
  const beganAt = nowMs()
  const sent: Promise<void>[] = []
  for (let number = 0; number < seconds * rate; number += 1) {
    const waitMs = beganAt + (number * 1_000) / rate - nowMs()
    if (waitMs > 0) await delay(waitMs)
    sent.push(stage.send(number % senderCount, meter))
  }
  await inTime(Promise.all(sent), 0)
}

async function inTime(work: Promise<unknown>, seconds: number): Promise<void> {
  const timer = new AbortController()
  const late = delay(seconds * 1_000 + drainWithinMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`messages were not stored within ${drainWithinMs / 1_000} s`)
  })
  try {
    await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    timer.abort()
  }
}
