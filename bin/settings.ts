import { readFileSync } from 'node:fs'
import { isAddress } from '../lib/address.js'
import { RecadoError } from '../lib/errors.js'
import type { TlsFiles } from '../lib/grpc/credentials.js'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Reads settings, collects every fault, and reports them together. An empty value counts as absent. */
export class SettingsReader {
  readonly #environment: Environment
  readonly #faults: string[] = []

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** A text, or undefined. */
  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined
  }

  /** A text that must be there; `why` tells what it is for. */
  required(name: string, why: string): string {
    const value = this.text(name)
    if (value === undefined) this.fault(name, `is missing: ${why}`)
    return value ?? ''
  }

  /** A whole number, or undefined. */
  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\d+$/.test(value) ? Number(value) : NaN
    if (!(number >= min && number <= max))
      this.fault(name, `must be a whole number from ${min} to ${max}, not \`${value}\``)
    return number
  }

  /** One of a few words, or undefined. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name)
    const found = choices.find((choice) => choice === value)
    if (value !== undefined && found === undefined)
      this.fault(name, `must be one of ${choices.join(', ')}, not \`${value}\``)
    return found
  }

  /** Texts by comma, or undefined. */
  list(name: string): string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((each) => each.trim())
      .filter(Boolean)
  }

  /** Addresses `host:port` or `[address of IPv6]:port` by comma, or undefined. */
  addresses(name: string): string[] | undefined {
    const addresses = this.list(name)
    for (const address of addresses ?? [])
      if (!isAddress(address))
        this.fault(name, `must be \`host:port\` or \`[::1]:port\`, by comma; \`${address}\` is not`)
    return addresses
  }

  /** A URL of one of these schemes that must be there. Several hosts by comma, as replica sets have, are fine. */
  url(name: string, schemes: readonly string[]): string {
    const what = `a URL beginning with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
    const value = this.required(name, what)
    const [, scheme = '', hosts = ''] = /^([a-z+]+):\/\/([^/?#\s]+)\S*$/.exec(value) ?? []
    const withOneHost = value.replace(hosts, hosts.replace(/,.*/s, ''))
    if (value && !(schemes.includes(scheme) && URL.canParse(withOneHost))) this.fault(name, `must be ${what}`)
    return value
  }

  /** The files of mutual TLS, or undefined where none is set. */
  tls(): TlsFiles | undefined {
    const names = { cert: 'RECADO_TLS_CERT', key: 'RECADO_TLS_KEY', ca: 'RECADO_TLS_CA' }
    if (Object.values(names).every((name) => this.text(name) === undefined)) return undefined
    return { cert: this.#file(names.cert), key: this.#file(names.key), ca: this.#file(names.ca) }
  }

  /** Notes a fault. */
  fault(name: string, text: string): void {
    this.#faults.push(`${name} ${text}.`)
  }

  /** Returns `settings`. @throws `invalid_argument` that lists every fault found until now. */
  finish<T>(settings: T): T {
    if (this.#faults.length === 0) return settings
    throw new RecadoError(
      'invalid_argument',
      `The settings are not in order:\n${this.#faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  }

  #file(name: string): Buffer {
    const path = this.required(name, 'mutual TLS needs certificate, key and CA, each a PEM file')
    try {
      return path ? readFileSync(path) : Buffer.alloc(0)
    } catch (error) {
      this.fault(name, `cannot be read: ${(error as Error).message}`)
      return Buffer.alloc(0)
    }
  }
}
