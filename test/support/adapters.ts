import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import type { UrlName } from '../services/names.js'

/** Something made for one test file, and how it goes. */
export type Fresh<T> = { value: T; drop: () => Promise<void> }

/**
 * Whether the adapters of a profile are tested. `PROFILES=embedded` or `PROFILES=embedded,full` says so; without it the embedded
 * ones always are, and the full ones whose services have a URL in the environment.
 */
export function runs(profile: 'embedded' | 'full', ...needed: UrlName[]): boolean {
  const chosen = process.env['PROFILES']
  if (chosen) return chosen.split(',').includes(profile)
  return profile === 'embedded' || needed.every((name) => process.env[name])
}

/** The URL of a service. Throws where there is none: a profile that was chosen is never left out in silence. */
export function serviceUrl(name: UrlName): string {
  const url = process.env[name]
  if (!url)
    throw new Error(`${name} is not set, and the full profile was asked for: npm run services prints it`)
  return url
}

/** An empty folder. */
export async function freshDataDir(): Promise<Fresh<string>> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-test-'))
  return { value: dir, drop: () => rm(dir, { recursive: true, force: true }) }
}

/** The URL of a new, empty database on the PostgreSQL of DATABASE_URL. */
export async function freshPostgresUrl(): Promise<Fresh<string>> {
  const name = freshName()
  await onPostgres(`create database ${name}`)
  const url = new URL(serviceUrl('DATABASE_URL'))
  url.pathname = `/${name}`
  return { value: url.href, drop: () => onPostgres(`drop database if exists ${name} with (force)`) }
}

/** The URL of a new, empty database on the MongoDB of MONGODB_URL. */
export async function freshMongoUrl(): Promise<Fresh<string>> {
  const url = new URL(serviceUrl('MONGODB_URL'))
  url.pathname = `/${freshName()}`
  return { value: url.href, drop: () => dropMongoDatabase(url.href) }
}

/** A name for a database, a key prefix or a queue prefix that nobody else has. */
export function freshName(): string {
  return `test_${randomBytes(6).toString('hex')}`
}

async function onPostgres(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serviceUrl('DATABASE_URL') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function dropMongoDatabase(url: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
