import { CoreServiceClient } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { toOperatorConfig } from '../config.js'
import { findSecret } from '../secrets.js'

/** Runs an operator's command with a client of the core that is set. */
export async function withCore(
  command: (core: GrpcClients<CoreServiceClient>) => Promise<void>,
): Promise<void> {
  const { addresses, tls, dataDir, ...config } = toOperatorConfig(process.env)
  const kept = { file: 'service-token', setting: 'RECADO_SERVICE_TOKEN' }
  const serviceToken = config.serviceToken ?? (tls ? undefined : await findSecret(dataDir, kept))
  const core = new GrpcClients(CoreServiceClient, { addresses, tls, serviceToken })
  try {
    await command(core)
  } catch (error) {
    throw isAway(error) ? coreIsAway(addresses, error) : error
  } finally {
    core.close()
  }
}

function isAway(error: unknown): boolean {
  return error instanceof RecadoError && (error.code === 'unavailable' || error.code === 'deadline_exceeded')
}

function coreIsAway(addresses: readonly string[], cause: unknown): RecadoError {
  return new RecadoError(
    'unavailable',
    `Core does not answer at ${addresses.join(', ')}. Is the product running?`,
    {
      cause,
    },
  )
}
