import { randomBytes, randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import type { Env } from './program.js'
import { freshVhost } from './vhost.js'

/** The settings that name the servers of the full profile. */
const urlNames = ['DATABASE_URL', 'MONGODB_URL', 'REDIS_URL', 'AMQP_URL'] as const
type Urls = Record<(typeof urlNames)[number], string>

const envFile = new URL('../../../.services.env', import.meta.url)
const redisDatabases = 16

/** Empty stores on the servers at hand, for one run. */
export type FreshStores = { env: Env; drop: () => Promise<void> }

/**
 * Makes a new database in PostgreSQL and in MongoDB, picks one of Redis, and makes a virtual host of RabbitMQ
 * where it can. The servers are those of the environment, else those of `.services.env`.
 */
export async function freshStores(): Promise<FreshStores> {
  const urls = await serverUrls()
  const name = `recado_${randomBytes(5).toString('hex')}`
  const vhost = await freshVhost(urls.AMQP_URL, name)
  const env = {
    DATABASE_URL: await createDatabase(urls.DATABASE_URL, name),
    MONGODB_URL: withPath(urls.MONGODB_URL, name),
    REDIS_URL: withPath(urls.REDIS_URL, String(await redisDatabase(urls.REDIS_URL))),
    AMQP_URL: vhost.url,
  }
  const drop = async () => {
    await vhost.drop()
    await query(urls.DATABASE_URL, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await dropMongo(env.MONGODB_URL)
    await withRedis(env.REDIS_URL, (redis) => redis.flushdb())
  }
  return { env, drop }
}

async function serverUrls(): Promise<Urls> {
  const kept = parseEnvFile(await readFile(envFile, 'utf8').catch(() => ''))
  const urls = Object.fromEntries(urlNames.map((name) => [name, process.env[name] ?? kept[name]]))
  const missing = urlNames.filter((name) => urls[name] === undefined)
  if (missing.length > 0)
    throw new Error(`The full profile needs ${missing.join(', ')}: set them, or run \`npm run services\`.`)
  return urls as Urls
}

/** Reads lines of `NAME='value'` as a shell would. */
export function parseEnvFile(text: string): Env {
  const env: Env = {}
  for (const [, name, value] of text.matchAll(/^([A-Z_]+)=(.*)$/gm)) {
    if (name !== undefined && value !== undefined) env[name] = unquote(value)
  }
  return env
}

function unquote(value: string): string {
  return value.startsWith("'") ? value.slice(1, -1).replaceAll("'\\''", "'") : value
}

async function createDatabase(url: string, name: string): Promise<string> {
  await query(url, `CREATE DATABASE ${name}`)
  return withPath(url, name)
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function dropMongo(url: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}

/** An empty one; where runs that were killed have left something in each, any: what they left is nobody's. */
async function redisDatabase(url: string): Promise<number> {
  for (let number = 1; number < redisDatabases; number += 1) {
    const size = await withRedis(withPath(url, String(number)), (redis) => redis.dbsize())
    if (size === 0) return number
  }
  return randomInt(1, redisDatabases)
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

function withPath(url: string, path: string): string {
  const changed = new URL(url)
  changed.pathname = `/${path}`
  return changed.href
}
