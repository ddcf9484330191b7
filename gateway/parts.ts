import type { Registry } from 'prom-client'
import { DeliveriesServiceClient } from '../gen/recado/v1/deliveries_service.js'
import { GrpcClients } from '../lib/grpc/client.js'
import { newId } from '../contract/ids.js'
import type { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { Audience } from './topics/audience.js'
import { ChannelTopic } from './topics/channel-topic.js'
import { JoinRights } from './topics/join-rights.js'
import { OutcomePost } from './topics/outcome-post.js'
import { Topics, unimplementedTopic } from './topics/topics.js'
import { Connections } from './connections/connections.js'
import { takeAway } from './connections/lost-rights.js'
import { readRights, RightsLog } from './connections/rights-log.js'
import { Sessions } from './connections/sessions.js'
import { UserSocket } from './connections/user-socket.js'
import type { GatewayConfig } from './config.js'
import type { Limits } from '../ports/limits/limits.js'
import { GatewayLimits } from './limits.js'
import { createCoreClients } from './core-clients.js'
import { Deliveries } from './deliveries/deliveries.js'
import { countSends } from './metrics.js'
import { Attempts, type AskOutcomes } from './sending/attempts.js'
import type { Sender } from './sending/sender.js'
import { createValidator } from './sending/validator.js'

/** What the parts of a gateway are built with. */
export type PartsDeps = {
  registry: Registry
  log: Log
  limits: Limits
  lifecycle: Lifecycle
  /** The sender that is in force now. @throws `unavailable` while there is none. */
  sender(): Sender
}

/** The parts of a gateway, connected with each other. */
export type Parts = ReturnType<typeof buildParts>

/** Builds the parts; nothing is connected yet. What is to be closed first is built last. */
export function buildParts(
  config: GatewayConfig,
  { registry, log, limits, lifecycle, sender: current }: PartsDeps,
) {
  const use = <T>(name: string, part: T, close: (part: T) => unknown) => lifecycle.use(name, part, close)
  const origin = newId()
  const clients = use('core clients', createCoreClients(config.core), (each) => each.close())
  const { history, core } = clients
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
  const connections = new Connections()
  const createSubscriber = (channelId: string) => new Audience(channelId, connections)
  const deliveries = use(
    'deliveries',
    new Deliveries({ consumers, history, core, attempts, origin, createSubscriber, log }),
    (each) => each.stop(),
  )
  const rightsLog = use(
    'log of lost rights',
    new RightsLog({
      read: (after) => readRights(core, after),
      apply: (lost) => takeAway(lost, connections),
      onSilent: () => deliveries.pause(),
      onHeard: () => deliveries.resume(),
      onGap: () => connections.sendAway(),
      log,
    }),
    (each) => each.stop(),
  )
  const gatewayLimits = new GatewayLimits(limits, config.limits)
  const limited: Sender = {
    send: async (draft) => {
      await gatewayLimits.send(draft.senderId)
      return current().send(draft)
    },
  }
  const sender = countSends(limited, registry)
  const sessions = use('sessions', new Sessions(clients), (each) => each.close())
  const outcomes = new OutcomePost(connections)
  const topicDeps = { connections, joinRights, rightsLog, deliveries, sender, outcomes }
  const topics = new Topics({
    channel: (id) => new ChannelTopic(id, topicDeps),
    server: unimplementedTopic,
    user: unimplementedTopic,
  })
  const socket = new UserSocket({
    connections,
    rightsLog,
    verify: (token) => sessions.verify(token),
    topic: (name) => topics.find(name),
    onClosed: (connection) => outcomes.forget(connection),
    log,
  })
  return {
    origin,
    clients,
    attempts,
    validator,
    deliveries,
    rightsLog,
    sender,
    socket,
    limits: gatewayLimits,
  }
}
