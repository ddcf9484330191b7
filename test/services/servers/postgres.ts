import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { giveTo, serverAccount } from '../system/account.js'
import type { Account } from '../system/command.js'
import { findPostgresDir } from '../system/binaries.js'
import { run } from '../system/command.js'
import type { Place } from './place.js'
import { freePort } from '../system/ports.js'

/** Texts are ordered by code point, and letters of all languages are known as such; macOS has no locale of that name. */
const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'

/** Starts PostgreSQL with the empty database `recado`. */
export function startPostgres(place: Place): Promise<string> {
  return startCluster(place, 'postgres', 'recado')
}

/**
 * Starts a PostgreSQL of its own with one empty database, and resolves to that database's URL. Whoever has the URL
 * may do everything in it. It is as durable as in production: each commit is on disk before it is answered.
 */
export async function startCluster(
  place: Place,
  name: 'postgres' | 'mongodb-postgres',
  database: string,
): Promise<string> {
  const binDir = await place.packages.provide('postgresql', findPostgresDir)
  const account = await serverAccount('postgres', 'nobody')
  const [port, password] = [await freePort(), randomBytes(16).toString('hex')]
  const dataDir = join(place.dataDir, name)
  const urlOf = (db: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${db}`
  await initialize(binDir, dataDir, password, account)
  await place.launch({
    name,
    command: join(binDir, 'postgres'),
    args: ['-D', dataDir, ...settings(port)],
    env: {},
    account,
    dataDir,
    logFile: join(place.dataDir, `${name}.log`),
    url: urlOf('postgres'),
    stopSignal: 'SIGINT', // ends without waiting for clients to leave
    startWithinMs: 60_000,
  })
  await query(urlOf('postgres'), `create database ${database}`)
  return urlOf(database)
}

/** Runs SQL, which may be several statements, over a connection of its own. */
export async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

async function initialize(
  binDir: string,
  dataDir: string,
  password: string,
  account?: Account,
): Promise<void> {
  const passwordFile = `${dataDir}.password`
  await mkdir(dataDir, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  await Promise.all([dataDir, passwordFile].map((path) => giveTo(account, path)))
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  // A new, empty cluster need not reach the disk at once; what is committed later does.
  const args = [...access, '--encoding=UTF8', `--locale=${locale}`, '--no-sync', '-D', dataDir]
  await run(join(binDir, 'initdb'), args, { timeoutMs: 60_000, cwd: dataDir, account })
  await rm(passwordFile)
}

function settings(port: number): string[] {
  const values = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
  ]
  return values.flatMap((value) => ['-c', value])
}
