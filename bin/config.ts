import { isIPv6 } from 'node:net'
import type { ConsumerConfig } from '../consumer/config.js'
import { DEFAULT_SEARCH_LANGUAGE, type CoreConfig } from '../core/config.js'
import type { GatewayConfig } from '../gateway/config.js'
import { httpDefaults } from '../gateway/http/config.js'
import type { TlsFiles } from '../lib/grpc/credentials.js'
import { logLevels, type LogOptions } from '../lib/log.js'
import { isOriginEntry } from '../lib/origins.js'
import { addressReader } from '../gateway/http/listener.js'
import { limitDefaults } from '../gateway/limits.js'
import type { Urls } from '../profiles/full.js'
import { SettingsReader, type Environment } from './settings.js'

/** What every program is told. */
export type CommonConfig = {
  host: string
  /** Where health and metrics of core and consumer are served; undefined: nowhere. */
  metricsPort: number | undefined
  /** The least that is logged; undefined: the program's own default. */
  logLevel: LogOptions['level'] | undefined
}

/** What the embedded product is told. Secrets that are not set are made and kept in the data folder. */
export type EmbeddedConfig = CommonConfig & {
  dataDir: string
  httpPort: number
  corePort: number
  consumerPort: number
  serviceToken: string | undefined
  authSecret: string | undefined
  partitions: number | undefined
  searchLanguage: string
  gateway: Pick<GatewayConfig, 'http' | 'origins' | 'limits'>
}

const anyPort = { min: 0, max: 65_535 }

/** Reads the settings of the embedded product. @throws `invalid_argument` that lists every fault. */
export function toEmbeddedConfig(environment: Environment): EmbeddedConfig {
  const read = new SettingsReader(environment)
  const profile = read.text('RECADO_PROFILE') ?? 'embedded'
  if (profile !== 'embedded') {
    read.fault(
      'RECADO_PROFILE',
      `is \`${profile}\`: \`npm start\` runs the embedded profile; run the full one as \`npm run core\`, \`npm run consumer\` and \`npm run gateway\``,
    )
  }
  if ((read.text('RECADO_SHARDS') ?? '1') !== '1')
    read.fault('RECADO_SHARDS', 'must be 1 in the embedded profile')
  return read.finish({
    ...readCommon(read),
    dataDir: readDataDir(read),
    ...readPorts(read),
    serviceToken: readServiceToken(read),
    authSecret: readAuthSecret(read),
    partitions: readPartitions(read),
    searchLanguage: readSearchLanguage(read),
    gateway: readEdge(read),
  })
}

/** Reads what a gateway of its own needs. @throws `invalid_argument` that lists every fault. */
export function toGatewayConfig(
  environment: Environment,
): CommonConfig & { gateway: GatewayConfig; urls: Pick<Urls, 'redis' | 'amqp'> } {
  const read = new SettingsReader(environment)
  assertFull(read)
  const common = readCommon(read)
  const { httpPort, corePort, consumerPort } = readPorts(read)
  const guard = readGuard(read)
  const gateway = {
    ...readEdge(read),
    host: common.host,
    port: httpPort,
    core: { addresses: read.addresses('RECADO_CORE_URLS') ?? [`127.0.0.1:${corePort}`], ...guard },
    consumers: {
      addresses: read.addresses('RECADO_CONSUMER_URLS') ?? [`127.0.0.1:${consumerPort}`],
      ...guard,
    },
  }
  return read.finish({ ...common, gateway, urls: readEdgeUrls(read) })
}

/** Reads what a core of its own needs. @throws `invalid_argument` that lists every fault. */
export function toCoreConfig(environment: Environment): CommonConfig & { core: CoreConfig; urls: Urls } {
  const read = new SettingsReader(environment)
  assertFull(read)
  const common = readCommon(read)
  const authSecret =
    readAuthSecret(read) ??
    read.required(
      'RECADO_AUTH_SECRET',
      'at least 32 characters that sign the tokens of sessions, the same in every core',
    )
  const core = {
    host: common.host,
    port: readPorts(read).corePort,
    ...readGuard(read),
    authSecret,
    partitions: readPartitions(read),
    searchLanguage: readSearchLanguage(read),
  }
  return read.finish({ ...common, core, urls: readUrls(read) })
}

/** Reads what a consumer of its own needs. @throws `invalid_argument` that lists every fault. */
export function toConsumerConfig(
  environment: Environment,
): CommonConfig & { consumer: ConsumerConfig; urls: Urls } {
  const read = new SettingsReader(environment)
  assertFull(read)
  const common = readCommon(read)
  const { corePort, consumerPort } = readPorts(read)
  const guard = readGuard(read)
  const core = { addresses: read.addresses('RECADO_CORE_URLS') ?? [`127.0.0.1:${corePort}`], ...guard }
  return read.finish({
    ...common,
    consumer: { host: common.host, port: consumerPort, ...guard, core },
    urls: readUrls(read),
  })
}

/** Where operators' commands find core, and what they show it; without a token it is the one in the data folder. */
export type OperatorConfig = {
  addresses: string[]
  tls: TlsFiles | undefined
  serviceToken: string | undefined
  dataDir: string
}

/** Reads what an operator's command needs: the same settings as the programs have. @throws `invalid_argument` that lists every fault. */
export function toOperatorConfig(environment: Environment): OperatorConfig {
  const read = new SettingsReader(environment)
  const { corePort } = readPorts(read)
  return read.finish({
    addresses: read.addresses('RECADO_CORE_URLS') ?? [`127.0.0.1:${corePort}`],
    tls: read.tls(),
    serviceToken: readServiceToken(read),
    dataDir: readDataDir(read),
  })
}

function readDataDir(read: SettingsReader): string {
  return read.text('RECADO_DATA_DIR') ?? './data'
}

function assertFull(read: SettingsReader): void {
  if ((read.text('RECADO_PROFILE') ?? 'full') !== 'full') {
    read.fault(
      'RECADO_PROFILE',
      'must be `full` or absent here: a program of its own runs on the full profile; `npm start` runs the embedded one',
    )
  }
}

function readCommon(read: SettingsReader): CommonConfig {
  const host = read.text('RECADO_HOST') ?? '127.0.0.1'
  if (/[[\]/\s]/.test(host) || (host.includes(':') && !isIPv6(host)))
    read.fault('RECADO_HOST', `must be a name or an address, of IPv6 without brackets, not \`${host}\``)
  return {
    host,
    metricsPort: read.integer('RECADO_METRICS_PORT', anyPort),
    logLevel: read.choice('RECADO_LOG_LEVEL', logLevels),
  }
}

function readPorts(read: SettingsReader) {
  return {
    httpPort: read.integer('RECADO_HTTP_PORT', anyPort) ?? 4000,
    corePort: read.integer('RECADO_CORE_PORT', anyPort) ?? 4001,
    consumerPort: read.integer('RECADO_CONSUMER_PORT', anyPort) ?? 4002,
  }
}

function readUrls(read: SettingsReader): Urls {
  return {
    ...readEdgeUrls(read),
    database: read.url('DATABASE_URL', ['postgres', 'postgresql']),
    mongodb: read.url('MONGODB_URL', ['mongodb', 'mongodb+srv']),
  }
}

/** What a gateway uses of the servers. */
function readEdgeUrls(read: SettingsReader): Pick<Urls, 'redis' | 'amqp'> {
  return {
    redis: read.url('REDIS_URL', ['redis', 'rediss']),
    amqp: read.url('AMQP_URL', ['amqp', 'amqps']),
  }
}

/** What gRPC asks of callers: mutual TLS, a service token, or both. */
function readGuard(read: SettingsReader) {
  const tls = read.tls()
  const token = readServiceToken(read)
  if (!tls && token === undefined)
    read.fault(
      'RECADO_SERVICE_TOKEN',
      'is missing: a secret that the programs show each other (or set RECADO_TLS_CERT, RECADO_TLS_KEY and RECADO_TLS_CA)',
    )
  return { tls, serviceToken: token }
}

/** It travels in the metadata of calls, which hold nothing else. */
function readServiceToken(read: SettingsReader): string | undefined {
  const token = read.text('RECADO_SERVICE_TOKEN')
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    read.fault('RECADO_SERVICE_TOKEN', 'must be of letters, digits and signs of ASCII, without spaces')
  return token
}

function readAuthSecret(read: SettingsReader): string | undefined {
  for (const name of ['RECADO_AUTH_JWKS_URL', 'RECADO_AUTH_ISSUER', 'RECADO_AUTH_AUDIENCE']) {
    if (read.text(name) !== undefined)
      read.fault(name, 'is not supported yet: sign in with RECADO_AUTH_SECRET')
  }
  const secret = read.text('RECADO_AUTH_SECRET')
  if (secret !== undefined && secret.length < 32)
    read.fault('RECADO_AUTH_SECRET', 'must have at least 32 characters')
  return secret
}

function readPartitions(read: SettingsReader): number | undefined {
  return read.integer('RECADO_PARTITIONS', { min: 1, max: 1_024 })
}

/** What it is called in `pg_ts_config`; core finds out whether the database knows it. */
function readSearchLanguage(read: SettingsReader): string {
  return read.text('RECADO_SEARCH_LANGUAGE') ?? DEFAULT_SEARCH_LANGUAGE
}

function readEdge(read: SettingsReader) {
  const origins = read.list('RECADO_ORIGINS')
  for (const origin of origins ?? [])
    if (!isOriginEntry(origin))
      read.fault(
        'RECADO_ORIGINS',
        `must be origins like https://chat.example.org, by comma; \`${origin}\` is not`,
      )
  return {
    http: { ...httpDefaults, trustProxy: readTrust(read) ?? httpDefaults.trustProxy },
    origins,
    limits: {
      signupsPerMinute:
        read.integer('RECADO_SIGNUPS_PER_MINUTE', { min: 0, max: 1_000_000 }) ??
        limitDefaults.signupsPerMinute,
      messagesPerSecond:
        read.integer('RECADO_MESSAGES_PER_SECOND', { min: 0, max: 1_000_000 }) ??
        limitDefaults.messagesPerSecond,
    },
  }
}

function readTrust(read: SettingsReader): boolean | string | undefined {
  const value = read.text('RECADO_TRUST_PROXY')
  if (value === undefined) return undefined
  if (value === 'true' || value === 'false') return value === 'true'
  try {
    addressReader(value)
  } catch {
    read.fault(
      'RECADO_TRUST_PROXY',
      `must be true, false, or addresses and networks by comma, as 10.0.0.0/8 or loopback; \`${value}\` is not`,
    )
  }
  return value
}
