import { runCommand } from './run-command.js'
import { toEnvLines } from './env-file.js'
import { startServices } from './services.js'

const help = `Usage: npm run services

Brings up PostgreSQL, MongoDB, Redis and RabbitMQ for development and tests, prints their URLs as NAME='value'
lines (kept in .services.env too), and returns when all answer. They go on running until \`npm run services:stop\`.

Each comes from the first of these that has it: its URL in the environment (DATABASE_URL, MONGODB_URL, REDIS_URL,
AMQP_URL); Docker Compose; the programs on this machine; on Debian, as root, its packages.

Ends with 0 when all answer, with 1 when one cannot be had.
`

async function up(): Promise<void> {
  const { urls, missing } = await startServices()
  process.stdout.write(toEnvLines(urls))
  for (const { name, why } of missing) process.stderr.write(`services: ${name} cannot be had: ${why}\n`)
  if (missing.length > 0) process.exitCode = 1
}

await runCommand(help, up)
