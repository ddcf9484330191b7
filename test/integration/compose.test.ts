import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { toConsumerConfig, toCoreConfig, toGatewayConfig } from '../../bin/config.js'

type Service = {
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, object>
}

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }

/** What Compose makes of `${NAME:-default}` and `${NAME:?why}`, where nothing but the secrets is set. */
function filled(environment: Record<string, string>): Record<string, string> {
  const secret = 'a'.repeat(32)
  const fill = (value: string) =>
    value.replace(
      /\$\{\w+(:-([^}]*))?(:\?[^}]*)?\}/g,
      (_, optional, fallback) => (optional ? fallback : secret) as string,
    )
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(String(value))]))
}

it.each([
  ['gateway', toGatewayConfig],
  ['core', toCoreConfig],
  ['consumer', toConsumerConfig],
] as const)('Docker Compose gives %s what it needs, and starts what that names before', (name, read) => {
  const { command, environment = {}, depends_on: before = {} } = services[name] ?? {}
  expect(command).toEqual([name])
  const settings = filled(environment)
  expect(() => read(settings)).not.toThrow()
  const named = Object.keys(services).filter((service) =>
    new RegExp(`[@/]${service}:`).test(JSON.stringify(settings)),
  )
  expect(named.length).toBeGreaterThan(0)
  expect(Object.keys(before)).toEqual(expect.arrayContaining(named))
})
