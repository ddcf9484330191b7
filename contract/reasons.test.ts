import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasons } from './reasons.js'

/** The reasons that the sources of core, and what it shares, give. */
async function given(): Promise<Set<string>> {
  const texts = await Promise.all(
    [join(import.meta.dirname, '../core'), import.meta.dirname].map(readSources),
  )
  return new Set(
    texts.flat().flatMap((text) => [...text.matchAll(/reason: '([A-Z_]+)'/g)].map(([, name = '']) => name)),
  )
}

async function readSources(root: string): Promise<string[]> {
  const files = await readdir(root, { recursive: true })
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  return Promise.all(sources.map((file) => readFile(join(root, file), 'utf8')))
}

it('is told of every reason that core gives, and of no other', async () => {
  expect([...(await given())].sort()).toEqual(Object.keys(reasons).sort())
})
