import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { State } from '../../services/state.js'

/** A part of the broker for one run alone, or the whole of it where that cannot be had. */
export type FreshVhost = { url: string; drop: () => Promise<void> }

const run = promisify(execFile)

/**
 * Makes a virtual host, so that runs side by side do not take each other's messages. Only a RabbitMQ that `npm run
 * services` started as a process of this machine lets us; any other is used as it is, and its queues are then shared.
 */
export async function freshVhost(url: string, name: string): Promise<FreshVhost> {
  const service = State.read().get('rabbitmq')
  const server = service?.kind === 'local' && service.url === url ? service.servers.at(-1) : undefined
  if (!server) return { url, drop: () => Promise.resolve() }
  const control = (...args: string[]) =>
    run(join(dirname(server.command), 'rabbitmqctl'), ['--quiet', ...args], {
      env: { ...process.env, ...server.env },
    })
  await control('add_vhost', name)
  await control('set_permissions', '-p', name, new URL(url).username, '.*', '.*', '.*')
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: async () => void (await control('delete_vhost', name)) }
}
