import { ESLint } from 'eslint'
import { beforeAll, describe, expect, it } from 'vitest'
import { findCircles, whyNot } from './import-rules.mjs'

/** Planted violations, each with the file that it would stand in. */
const refused = [
  // Programs meet only in the contract.
  ['gateway/a.ts', '../core/core.js'],
  ['core/a.ts', '../gateway/phoenix/server.js'],
  ['consumer/intake/a.ts', '../../core/users/users.js'],
  // They take the port; profiles/ picks the adapter.
  ['gateway/a.ts', '../ports/queue/rabbitmq/rabbitmq-queue.js'],
  ['core/users/a.ts', '../../ports/database/postgres/guarded-pool.js'],
  ['consumer/a.ts', '../ports/history/pglite/pglite-history.js'],
  ['consumer/a.ts', '../profiles/full.js'],
  ['core/a.ts', '../bin/config.js'],
  ['gateway/a.ts', '../bench/client.js'],
  ['gateway/a.ts', '../test/support/chat.js'],
  // No driver, with none of its files, nor what reads the environment or the disk.
  ['core/a.ts', 'pg'],
  ['core/a.ts', 'pg/lib/client.js'],
  ['consumer/a.ts', 'mongodb/lib/index.js'],
  ['consumer/a.ts', 'amqplib'],
  ['gateway/a.ts', 'ioredis/built/Redis.js'],
  ['gateway/a.ts', '@electric-sql/pglite/live'],
  ['gateway/a.ts', 'node:process'],
  ['core/a.mjs', 'node:process'],
  ['core/a.ts', 'node:child_process'],
  ['consumer/a.mjs', 'pg'],
  ['gateway/a.ts', 'left-pad'],
  ['gateway/a.ts', 'process'],
  // The protocol knows no chat, and no package but ws.
  ['gateway/phoenix/a.ts', '../errors.js'],
  ['gateway/phoenix/wire/a.ts', '../../../contract/ids.js'],
  ['gateway/phoenix/a.ts', '../../gen/recado/v1/types.js'],
  ['gateway/phoenix/a.ts', 'fastify'],
  ['gateway/phoenix/a.ts', 'lru-cache'],
  // lib knows nothing of chat.
  ['lib/a.ts', '../contract/ids.js'],
  ['lib/a.ts', '../gen/recado/v1/types.js'],
  ['lib/grpc/a.ts', '../../ports/queue/queue.js'],
  ['lib/a.ts', '../bin/settings.js'],
  ['lib/a.ts', 'pg'],
  // The contract stands on its generated half.
  ['contract/a.ts', '../core/users/users.js'],
  ['contract/a.ts', '../ports/queue/queue.js'],
  // A port knows no adapter; an adapter knows its own port, its own driver, and no program.
  ['ports/queue/queue.ts', './rabbitmq/connection.js'],
  ['ports/queue/queue.ts', 'amqplib'],
  ['ports/recent/redis/a.ts', '../../queue/rabbitmq/connection.js'],
  ['ports/history/mongo/a.ts', '../pglite/pglite-history.js'],
  ['ports/history/mongo/a.ts', 'pg'],
  ['ports/queue/rabbitmq/a.ts', '../../../consumer/consumer.js'],
  ['ports/queue/pglite/a.mjs', 'amqplib'],
  // Profiles choose adapters and know no program.
  ['profiles/full.ts', '../core/core.js'],
  ['profiles/full.ts', 'pg'],
  // Nothing of the product stands on tests and benches; tests of the product not on benches.
  ['bin/a.ts', '../bench/client.js'],
  ['bin/a.ts', '../test/support/chat.js'],
  ['core/users/a.test.ts', '../../bench/client.js'],
  ['gen/recado/v1/types.ts', '../../../lib/errors.js'],
] as const

const allowed = [
  ['gateway/http/a.ts', '../../ports/limits/limits.js'],
  ['gateway/gateway.ts', './phoenix/server.js'],
  ['gateway/phoenix/server.ts', './wire/message.js'],
  ['gateway/phoenix/a.ts', 'ws'],
  ['core/users/a.ts', '../schema/migrate.js'],
  ['core/users/a.ts', 'kysely'],
  ['contract/ids.ts', 'uuid'],
  ['lib/grpc/a.ts', '../../gen/google/rpc/status.js'],
  ['ports/database/pglite/a.ts', '../postgres/pooled-database.js'],
  ['ports/history/pglite/a.ts', '../../database/database.js'],
  ['ports/queue/queue.ts', '../../gen/recado/v1/types.js'],
  ['profiles/full.ts', '../ports/queue/rabbitmq/rabbitmq-queue.js'],
  ['bin/core.ts', '../core/core.js'],
  ['core/users/a.test.ts', '../../ports/database/pglite/pglite-database.js'],
  ['bench/a.ts', '../test/support/products/programs.js'],
  ['test/e2e/a.test.ts', '../../bench/replay/run.js'],
] as const

describe('who may import what', () => {
  it.each(refused)('%s may not import %s', (file, specifier) => expect(whyNot(file, specifier)).toBeTruthy())
  it.each(allowed)('%s may import %s', (file, specifier) => expect(whyNot(file, specifier)).toBeUndefined())
})

describe('circles', () => {
  it('are found, however long', () => {
    const imports = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', ['f']],
      ['f', ['e']],
      ['g', ['a', 'e']],
    ])
    expect(findCircles(imports)).toEqual(
      expect.arrayContaining([
        ['a', 'b', 'c'],
        ['e', 'f'],
      ]),
    )
    expect(findCircles(imports)).toHaveLength(2)
  })
  it('are none where ways only meet again', () => {
    const imports = new Map([
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
      ['d', []],
    ])
    expect(findCircles(imports)).toEqual([])
  })
})

describe('as ESLint sees it', () => {
  let eslint: ESLint
  beforeAll(() => {
    // The rules that need types cannot look at a file that is not there.
    eslint = new ESLint({ ruleFilter: ({ ruleId }) => !ruleId.startsWith('@typescript-eslint/') })
  })
  const lint = async (filePath: string, source: string) => {
    const [result] = await eslint.lintText(source, { filePath })
    return result?.messages.map(({ ruleId, fatal }) => (fatal ? 'fatal' : ruleId)) ?? []
  }

  it.each([
    `import { x } from 'pg/lib/x'`,
    `import type { Pool } from 'pg'`,
    `export { x } from 'pg'`,
    `export * from 'pg'`,
    `const x = await import('pg')`,
    'const x = await import(`pg`)',
    `const name = 'pg'; const x = await import(name)`,
    `type X = import('pg').Pool`,
    `const x = require('pg')`,
    `import 'pg'`,
  ])('every way to import is seen: %s', async (source) => {
    expect(await lint('core/planted.mjs', source)).toEqual(['imports/allowed'])
  })

  it.each(['process.env.X', `process['env']`, 'globalThis.process.env', 'process.argv'])(
    'settings come through bin/: %s',
    async (source) => {
      expect(await lint('core/planted.mjs', `export const x = ${source}`)).toEqual([
        'no-restricted-properties',
      ])
      expect(await lint('bin/planted.mjs', `export const x = ${source}`)).toEqual([])
    },
  )
  it('nor by another name of process', async () => {
    expect(await lint('lib/planted.mjs', 'const held = process; export { held }')).toEqual([
      'no-restricted-syntax',
    ])
  })
})
