import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { giveTo, serverAccount } from '../system/account.js'
import { findProgram } from '../system/binaries.js'
import type { Place } from './place.js'
import { freePort } from '../system/ports.js'
import type { Launch } from './process.js'

// Where packages put the server itself; in PATH, Debian has a wrapper that changes the account and the environment.
const serverDirs = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin', '/usr/sbin']

/** Starts RabbitMQ without plugins, and an Erlang port mapper for it alone, so that no other node is touched. */
export async function startRabbitmq(place: Place): Promise<string> {
  const find = () => findProgram(['rabbitmq-server'], serverDirs)
  const command = await place.packages.provide('rabbitmq-server', find)
  const epmd = await place.packages.provide('erlang-base', () => findProgram(['epmd']))
  const account = await serverAccount('rabbitmq', 'nobody')
  const [port, epmdPort, nodePort] = [await freePort(), await freePort(), await freePort()]
  const dataDir = join(place.dataDir, 'rabbitmq')
  await mkdir(dataDir, { mode: 0o700 })
  await writeConfig(dataDir, port)
  await giveTo(account, dataDir)
  const common = { account, dataDir, stopSignal: 'SIGTERM', startWithinMs: 60_000 } as const
  const node = { ...common, logFile: join(place.dataDir, 'rabbitmq.log') }
  await place.launch(portMapper(epmd, epmdPort, { ...common, logFile: join(place.dataDir, 'epmd.log') }))
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  const env = environment(dataDir, port, epmdPort, nodePort)
  await place.launch({ ...node, name: 'rabbitmq', command, args: [], env, url })
  return url
}

type Common = Pick<Launch, 'account' | 'dataDir' | 'logFile' | 'stopSignal' | 'startWithinMs'>

function portMapper(command: string, port: number, common: Common): Launch {
  const args = ['-address', '127.0.0.1', '-port', String(port)]
  return { ...common, name: 'epmd', command, args, env: {}, url: `tcp://127.0.0.1:${port}` }
}

async function writeConfig(dataDir: string, port: number): Promise<void> {
  await writeFile(
    join(dataDir, 'rabbitmq.conf'),
    `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console.level = info\n`,
  )
  await writeFile(join(dataDir, 'enabled_plugins'), '[].\n')
}

// Every place that a node reads from or writes to is set, so that nothing of a RabbitMQ of this machine is used.
function environment(
  dataDir: string,
  port: number,
  epmdPort: number,
  nodePort: number,
): Record<string, string> {
  return {
    HOME: dataDir,
    RABBITMQ_NODENAME: `recado-${port}@localhost`,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(dataDir, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dataDir, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dataDir, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(dataDir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dataDir, 'log'),
    RABBITMQ_PID_FILE: join(dataDir, 'pid'),
    RABBITMQ_LOGS: '-',
    // Without it a shell would stand between us and the server, and its process be the one that we know.
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  }
}
