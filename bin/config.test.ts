import { expect, test } from 'vitest'
import { toConsumerConfig, toCoreConfig, toEmbeddedConfig, toGatewayConfig } from './config.js'

const urls = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/recado',
  MONGODB_URL: 'mongodb://127.0.0.1/recado',
  REDIS_URL: 'redis://127.0.0.1',
  AMQP_URL: 'amqp://u:p@127.0.0.1:5672/%2f',
}
const secrets = { RECADO_SERVICE_TOKEN: 'token', RECADO_AUTH_SECRET: 'a secret of more than 32 characters' }
const good = { ...urls, ...secrets }

/** The settings that are named as faulty, in one message. */
function faultsOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    expect(code).toBe('invalid_argument')
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(' ')[0] ?? '')
  }
  return []
}

test('each program says everything that it misses at once', () => {
  expect(faultsOf(() => toEmbeddedConfig({}))).toEqual([])
  expect(faultsOf(() => toGatewayConfig({})).sort()).toEqual([
    'AMQP_URL',
    'RECADO_SERVICE_TOKEN',
    'REDIS_URL',
  ])
  const stores = ['AMQP_URL', 'DATABASE_URL', 'MONGODB_URL']
  expect(faultsOf(() => toConsumerConfig({})).sort()).toEqual([
    ...stores,
    'RECADO_SERVICE_TOKEN',
    'REDIS_URL',
  ])
  expect(faultsOf(() => toCoreConfig({})).sort()).toEqual([
    ...stores,
    'RECADO_AUTH_SECRET',
    'RECADO_SERVICE_TOKEN',
    'REDIS_URL',
  ])
})

test('each program is content with what it needs', () => {
  for (const read of [toGatewayConfig, toCoreConfig, toConsumerConfig])
    expect(faultsOf(() => read(good))).toEqual([])
})

test.each([
  ['RECADO_PROFILE', 'half'],
  ['RECADO_PROFILE', 'full'],
  ['RECADO_SHARDS', '2'],
  ['RECADO_SHARDS', 'x'],
  ['RECADO_HOST', '[::1]'],
  ['RECADO_HOST', '127.0.0.1:4000'],
  ['RECADO_HOST', 'http://localhost'],
  ['RECADO_HTTP_PORT', '65536'],
  ['RECADO_HTTP_PORT', '-1'],
  ['RECADO_CORE_PORT', '4001.5'],
  ['RECADO_CONSUMER_PORT', 'http'],
  ['RECADO_METRICS_PORT', '0x10'],
  ['RECADO_LOG_LEVEL', 'loud'],
  ['RECADO_SERVICE_TOKEN', 'schlüssel'],
  ['RECADO_SERVICE_TOKEN', 'two words'],
  ['RECADO_AUTH_SECRET', 'short'],
  ['RECADO_AUTH_JWKS_URL', 'https://id.example.org/keys'],
  ['RECADO_PARTITIONS', '0'],
  ['RECADO_PARTITIONS', '1025'],
  ['RECADO_ORIGINS', 'chat.example.org'],
  ['RECADO_ORIGINS', 'https://a.example/path'],
  ['RECADO_ORIGINS', 'https://a.example?x'],
  ['RECADO_TRUST_PROXY', 'everybody'],
  ['RECADO_TRUST_PROXY', '10.0.0.0/99'],
  ['RECADO_SIGNUPS_PER_MINUTE', '1e3'],
  ['RECADO_MESSAGES_PER_SECOND', 'many'],
])('%s may not be %s', (name, value) => {
  expect(faultsOf(() => toEmbeddedConfig({ [name]: value }))).toEqual([name])
})

test.each([
  ['RECADO_CORE_URLS', '::1:4001'],
  ['RECADO_CORE_URLS', 'core'],
  ['RECADO_CONSUMER_URLS', 'a:1,b'],
  ['AMQP_URL', 'http://127.0.0.1'],
  ['AMQP_URL', 'amqp://'],
  ['RECADO_TLS_CERT', '/no/such/file'],
])('%s of a gateway may not be %s', (name, value) => {
  expect(faultsOf(() => toGatewayConfig({ ...good, [name]: value }))).toContain(name)
})

test.each([
  ['DATABASE_URL', 'mysql://127.0.0.1/recado'],
  ['DATABASE_URL', 'postgres://127.0.0.1:port/recado'],
  ['MONGODB_URL', 'mongo://127.0.0.1'],
  ['REDIS_URL', '127.0.0.1:6379'],
])('%s of a core may not be %s', (name, value) => {
  expect(faultsOf(() => toCoreConfig({ ...good, [name]: value }))).toEqual([name])
})

test('several hosts of a replica set, and several faults, are told apart', () => {
  const MONGODB_URL = 'mongodb://a:27017,b:27017,c:27017/recado?replicaSet=rs'
  expect(faultsOf(() => toCoreConfig({ ...good, MONGODB_URL }))).toEqual([])
  const bad = { ...good, MONGODB_URL: 'x', RECADO_CORE_PORT: 'x', RECADO_PARTITIONS: 'x', RECADO_HOST: '[' }
  expect(faultsOf(() => toCoreConfig(bad)).sort()).toEqual([
    'MONGODB_URL',
    'RECADO_CORE_PORT',
    'RECADO_HOST',
    'RECADO_PARTITIONS',
  ])
})

test('addresses of IPv6, names and numbers are taken as they are', () => {
  const RECADO_CORE_URLS = '[::1]:4001, core-2:4001'
  const config = toGatewayConfig({ ...good, RECADO_CORE_URLS, RECADO_HOST: '::1' })
  expect(config.gateway.core.addresses).toEqual(['[::1]:4001', 'core-2:4001'])
  expect(config.host).toBe('::1')
})

test('an empty value counts as absent', () => {
  expect(toEmbeddedConfig({ RECADO_HTTP_PORT: ' ', RECADO_LOG_LEVEL: '' })).toMatchObject({
    httpPort: 4000,
    logLevel: undefined,
  })
})
