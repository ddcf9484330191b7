import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../system/binaries.js'
import { giveTo, serverAccount } from '../system/account.js'
import type { Place } from './place.js'
import { standInDir } from '../paths.js'
import { freePort } from '../system/ports.js'
import { query, startCluster } from './postgres.js'
import { standInProgram } from './stand-in.js'

/** Starts MongoDB; where this machine has none, a stand-in that keeps its documents in a PostgreSQL of its own. */
export async function startMongodb(place: Place): Promise<string> {
  const mongod = findProgram(['mongod'])
  const port = await freePort()
  await (mongod ? startMongod(place, mongod, port) : startStandIn(place, port))
  return urlAt(port)
}

async function startMongod(place: Place, command: string, port: number): Promise<void> {
  const account = await serverAccount('mongodb', 'mongod', 'nobody')
  const dataDir = join(place.dataDir, 'mongodb')
  await mkdir(dataDir, { mode: 0o700 })
  await giveTo(account, dataDir)
  await place.launch({
    name: 'mongodb',
    command,
    args: ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dataDir, '--nounixsocket'],
    env: {},
    account,
    dataDir,
    logFile: join(place.dataDir, 'mongodb.log'),
    url: urlAt(port),
    stopSignal: 'SIGTERM',
    startWithinMs: 60_000,
  })
}

async function startStandIn(place: Place, port: number): Promise<void> {
  const [command, databaseUrl] = await settled(
    standInProgram(place.say),
    startCluster(place, 'mongodb-postgres', 'documents'),
  )
  await query(databaseUrl, await readFile(join(standInDir, 'indexes.sql'), 'utf8'))
  await place.launch({
    name: 'mongodb',
    command,
    args: [],
    // GOGC: it has memory to spare, and collecting less often halves its processor time.
    env: { STAND_IN_LISTEN: `127.0.0.1:${port}`, STAND_IN_DATABASE_URL: databaseUrl, GOGC: '400' },
    dataDir: place.dataDir,
    logFile: join(place.dataDir, 'mongodb.log'),
    url: urlAt(port),
    stopSignal: 'SIGTERM',
    startWithinMs: 30_000,
  })
}

// Both end before the first failure is told: what one has started must be known when the service is discarded.
async function settled<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second])
  return Promise.all([first, second])
}

function urlAt(port: number): string {
  return `mongodb://127.0.0.1:${port}/recado`
}
