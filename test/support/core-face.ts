import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCoreClients, type CoreClients } from '../../gateway/core-clients.js'
import type { RunningServer } from './products/programs.js'

/** Clients of a running product's cores, as an internal service has them; close them when done. */
export async function connectToCore({ env }: RunningServer): Promise<CoreClients> {
  const addresses = env.RECADO_CORE_URLS?.split(',') ?? [`127.0.0.1:${env.RECADO_CORE_PORT}`]
  const serviceToken =
    env.RECADO_SERVICE_TOKEN ??
    (await readFile(join(env.RECADO_DATA_DIR ?? '', 'service-token'), 'utf8')).trim()
  return createCoreClients({ addresses, tls: undefined, serviceToken })
}
