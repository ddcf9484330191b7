import { setTimeout as delay } from 'node:timers/promises'
import type { CoreServiceClient } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { GrpcClients } from '../../lib/grpc/client.js'
import { withCore } from './core.js'

/** How often it is asked how far it is, in milliseconds. */
const LOOK_MS = 500
/** How often that is printed, in milliseconds. */
const TELL_MS = 2_000
/** How long core may be away meanwhile, as while it is started again, in milliseconds. */
const AWAY_MS = 60_000

/** `recado search rebuild`: has all messages indexed anew, and waits for it. */
export async function rebuildSearch(options: readonly string[]): Promise<void> {
  const unknown = options.filter((option) => option !== '--no-wait')
  if (unknown.length > 0)
    throw new RecadoError('invalid_argument', `\`${unknown.join(' ')}\` is not known: see \`recado --help\`.`)
  await withCore(async (core) => {
    await core.call((client) => client.rebuildSearch, {})
    if (options.includes('--no-wait')) process.stdout.write('The index is being built anew.\n')
    else await untilRebuilt(core)
  })
}

async function untilRebuilt(core: GrpcClients<CoreServiceClient>): Promise<void> {
  let [heardAt, toldAt] = [performance.now(), -Infinity]
  for (; ; await delay(LOOK_MS)) {
    const lag = await core
      .call((client) => client.getSearchLag, {})
      .catch((error: unknown) => {
        if (performance.now() - heardAt > AWAY_MS) throw error
      })
    if (!lag) continue
    heardAt = performance.now()
    if (lag.channelsBehind === 0) {
      process.stdout.write(`All messages of ${count(lag.channels)} channels are indexed.\n`)
      return
    }
    if (heardAt - toldAt < TELL_MS) continue
    toldAt = heardAt
    process.stdout.write(
      `${count(lag.eventsBehind)} events of ${count(lag.channelsBehind)} channels are left.\n`,
    )
  }
}

function count(items: number): string {
  return items.toLocaleString('en')
}
