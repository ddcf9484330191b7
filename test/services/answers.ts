import { once } from 'node:events'
import { connect } from 'node:net'
import amqp from 'amqplib'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import type { ServerName } from './names.js'

type Probe = (url: string, timeoutMs: number) => Promise<unknown>

const probes: Record<ServerName, Probe> = {
  postgres: askPostgres,
  'mongodb-postgres': askPostgres,
  mongodb: askMongo,
  redis: askRedis,
  rabbitmq: askRabbit,
  epmd: askTcp,
}

/**
 * Resolves when the server at `url` serves a request.
 * @throws Error that says why it does not, after `timeoutMs` at the latest.
 */
export async function assertAnswers(name: ServerName, url: string, timeoutMs = 3_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs + 500)
  })
  try {
    await Promise.race([probes[name](url, timeoutMs), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether the server at `url` serves a request. */
export function answers(name: ServerName, url: string): Promise<boolean> {
  return assertAnswers(name, url).then(
    () => true,
    () => false,
  )
}

async function askPostgres(url: string, timeoutMs: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => undefined) // the query's own failure is what counts
  await client.connect()
  await client.query('select 1').finally(() => client.end())
}

async function askMongo(url: string, timeoutMs: number): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: timeoutMs, connectTimeoutMS: timeoutMs })
  try {
    await client.db('admin').command({ ping: 1 })
  } finally {
    await client.close()
  }
}

async function askRedis(url: string, timeoutMs: number): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
  })
  let cause: Error | undefined
  client.on('error', (error) => (cause = error)) // the calls fail with less than it tells
  try {
    await client.connect()
    await client.ping()
  } catch (error) {
    throw cause ?? error
  } finally {
    client.disconnect()
  }
}

async function askRabbit(url: string, timeoutMs: number): Promise<void> {
  const connection = await amqp.connect(url, { timeout: timeoutMs })
  connection.on('error', () => undefined) // closing below fails with it
  await connection.close()
}

async function askTcp(url: string, timeoutMs: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), timeout: timeoutMs })
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}
