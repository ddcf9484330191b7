import { Counter, Gauge, type Registry } from 'prom-client'
import { RecadoError } from '../lib/errors.js'
import type { Limit, Limits } from '../ports/limits/limits.js'
import type { SendMessage } from './sending/send-message.js'

/** Numbers that are read when metrics are asked for. */
export type GatewayGauges = {
  connections(): number
  channels(): number
  attempts(): number
  slowConsumers(): number
  malformed(): number
  repairs(): number
  rightsSilenceSeconds(): number
  happeningsSilenceSeconds(): number
  presentUsers(): number
}

/** Registers the gateway's gauges. */
export function registerGauges(registry: Registry, gauges: GatewayGauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('recado_gateway_connections', 'Open WebSocket connections.', gauges.connections)
  gauge('recado_gateway_channels', 'Channels that somebody on this gateway has joined.', gauges.channels)
  gauge('recado_gateway_attempts', 'Accepted messages whose outcome has not been heard yet.', gauges.attempts)
  gauge(
    'recado_gateway_slow_consumers',
    'Connections closed because they read too slowly, since the start.',
    gauges.slowConsumers,
  )
  gauge(
    'recado_gateway_malformed',
    'Connections closed for what is no message, since the start; the log says whose.',
    gauges.malformed,
  )
  gauge('recado_gateway_repairs', 'Channels that are behind and being read from history.', gauges.repairs)
  gauge(
    'recado_gateway_rights_silence_seconds',
    'For how long the log of lost rights has not been read to its end; beyond 3 nothing is handed to clients.',
    gauges.rightsSilenceSeconds,
  )
  gauge(
    'recado_gateway_happenings_silence_seconds',
    'For how long the log of what server: and user: topics tell has not been read to its end.',
    gauges.happeningsSilenceSeconds,
  )
  gauge('recado_gateway_present_users', 'Users who have joined their own topic here.', gauges.presentUsers)
}

/** Counts what limits refuse, by their name. */
export function countLimited(limits: Limits, registry: Registry): Limits {
  const refused = new Counter({
    name: 'recado_gateway_limited_total',
    help: 'What was refused because somebody did it too often, by the limit.',
    labelNames: ['limit'],
    registers: [registry],
  })
  const count = (limit: Limit, asked: Promise<void>) =>
    asked.catch((error: unknown) => {
      refused.inc({ limit: limit.name })
      throw error
    })
  return {
    take: (limit, key) => count(limit, limits.take(limit, key)),
    check: (limit, key) => count(limit, limits.check(limit, key)),
    close: () => limits.close(),
  }
}

/** Counts what is sent, by the code of the error or `accepted`. */
export function countSends(send: SendMessage, registry: Registry): SendMessage {
  const results = new Map<string, number>()
  new Counter({
    name: 'recado_gateway_sends_total',
    help: 'Messages handed in, by what the sender was told.',
    labelNames: ['result'],
    registers: [registry],
    // A labelled count costs a hash, so each message is only added up here.
    collect() {
      this.reset()
      for (const [result, count] of results) this.inc({ result }, count)
    },
  })
  const count = (result: string) => results.set(result, (results.get(result) ?? 0) + 1)
  return async (draft) => {
    try {
      const accepted = await send(draft)
      count('accepted')
      return accepted
    } catch (error) {
      count(RecadoError.from(error).code)
      throw error
    }
  }
}
