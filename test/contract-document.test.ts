import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const sources = ['core', 'consumer', 'contract', 'gateway', 'lib'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8')),
)
const generic = ['INVALID_ARGUMENT', 'NOT_FOUND', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE']

it('lists every reason that a program gives', () => {
  const given = sources.flatMap((source) =>
    Array.from(source.matchAll(/reason: '([A-Z_]+)'/g), ([, reason]) => reason),
  )
  const document = readFileSync('docs/contract.md', 'utf8')

  expect(given.length).toBeGreaterThan(0)
  expect(
    given.filter((reason) => !generic.includes(reason ?? '') && !document.includes(`\`${reason}\``)),
  ).toEqual([])
})
