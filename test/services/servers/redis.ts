import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { giveTo, serverAccount } from '../system/account.js'
import { findProgram } from '../system/binaries.js'
import type { Place } from './place.js'
import { freePort } from '../system/ports.js'

/** Starts Redis, or Valkey. It keeps nothing on disk: to us it is a cache. */
export async function startRedis(place: Place): Promise<string> {
  const find = () => findProgram(['redis-server', 'valkey-server'])
  const command = await place.packages.provide('redis-server', find)
  const account = await serverAccount('redis', 'valkey', 'nobody')
  const [port, dataDir] = [await freePort(), join(place.dataDir, 'redis')]
  const url = `redis://127.0.0.1:${port}`
  await mkdir(dataDir, { mode: 0o700 })
  await giveTo(account, dataDir)
  await place.launch({
    name: 'redis',
    command,
    args: [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dataDir,
    ],
    env: {},
    account,
    dataDir,
    logFile: join(place.dataDir, 'redis.log'),
    url,
    stopSignal: 'SIGTERM',
    startWithinMs: 20_000,
  })
  return url
}
