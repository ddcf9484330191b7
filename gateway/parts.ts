import type { Registry } from 'prom-client'
import { DeliveriesServiceClient } from '../gen/recado/v1/deliveries_service.js'
import { GrpcClients } from '../lib/grpc/client.js'
import { newId } from '../contract/ids.js'
import type { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { Audience } from './topics/audience.js'
import { JoinRights } from './topics/join-rights.js'
import { Revocations } from './connections/revocations.js'
import { UserSocket } from './connections/user-socket.js'
import type { GatewayConfig } from './config.js'
import { createCoreClients } from './core-clients.js'
import { Deliveries } from './deliveries/deliveries.js'
import { countSends } from './metrics.js'
import { Attempts, type AskOutcomes } from './sending/attempts.js'
import { limitSends } from './sending/rate-limit.js'
import type { Sender } from './sending/sender.js'
import { createValidator } from './sending/validator.js'

/** What the parts of a gateway are built with. */
export type PartsDeps = {
  registry: Registry
  log: Log
  lifecycle: Lifecycle
  /** The sender that is in force now. @throws `unavailable` while there is none. */
  sender(): Sender
}

/** The parts of a gateway, connected with each other. */
export type Parts = ReturnType<typeof buildParts>

/** Builds the parts; nothing is connected yet. What is to be closed first is built last. */
export function buildParts(config: GatewayConfig, { registry, log, lifecycle, sender: current }: PartsDeps) {
  const use = <T>(name: string, part: T, close: (part: T) => unknown) => lifecycle.use(name, part, close)
  const origin = newId()
  const clients = use('core clients', createCoreClients(config.core), (each) => each.close())
  const { users, history, core } = clients
  const consumers = use(
    'consumer clients',
    new GrpcClients(DeliveriesServiceClient, config.consumers),
    (each) => each.close(),
  )
  const askOutcomes: AskOutcomes = async (attempts) =>
    (await core.call((client) => client.listOutcomes, { attempts })).outcomes
  const attempts = use('attempts', new Attempts(askOutcomes, log), (each) => each.stop())
  const validator = use('validator', createValidator(clients), (each) => each.close())
  const joinRights = use('join rights', new JoinRights(clients), (each) => each.close())
  const createSubscriber = (channelId: string) => new Audience(channelId)
  const deliveries = use(
    'deliveries',
    new Deliveries({ consumers, history, core, attempts, origin, createSubscriber, log }),
    (each) => each.stop(),
  )
  const revocations = use('revocations', new Revocations(core, (lost) => socket.revoke(lost), log), (each) =>
    each.stop(),
  )
  const limited = limitSends({ send: async (draft) => current().send(draft) }, config.messagesPerSecond)
  const sender = countSends(limited, registry)
  const socket = new UserSocket({ users, joinRights, deliveries, sender, revocations })
  return { origin, clients, attempts, validator, deliveries, revocations, sender, socket }
}
