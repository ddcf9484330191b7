import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { run } from './command.js'

const policyFile = '/usr/sbin/policy-rc.d'
const policy = '#!/bin/sh\n# Made by `npm run services` of Recado while it installs packages.\nexit 101\n'
const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
const updateWithinMs = 2 * 60_000
const downloadWithinMs = 5 * 60_000
/** Installing is not cut short lightly: half-configured packages are work for the machine's owner. */
const installWithinMs = 10 * 60_000

/** Debian's packages, installed one after another; none of them starts a server of the system. */
export class Packages {
  readonly #say: (line: string) => void
  #lists: Promise<unknown> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /**
   * What `find` finds; if that is nothing, what it finds after `name` was installed.
   * @throws Error that says why the package cannot be had.
   */
  async provide<T>(name: string, find: () => T | undefined): Promise<T> {
    const present = find()
    if (present !== undefined) return present
    const installed = this.#last.then(async () => {
      if (find() === undefined) await this.#install(name)
    })
    this.#last = installed.catch(() => undefined)
    await installed
    const found = find()
    if (found === undefined)
      throw new Error(`the package ${name} is installed, but what it should bring was not found`)
    return found
  }

  async #install(name: string): Promise<void> {
    if (!existsSync('/etc/debian_version'))
      throw new Error(`${name} is not installed, and this system is not Debian`)
    if (process.getuid?.() !== 0)
      throw new Error(`${name} is not installed, and only root can: apt-get install ${name}`)
    this.#lists ??= this.#update()
    await this.#lists
    this.#say(`installing ${name}`)
    await aptGet(['install', '--download-only', name], downloadWithinMs)
    await withoutAutostart(() => aptGet(['install', name], installWithinMs))
  }

  async #update(): Promise<void> {
    this.#say("reading the lists of Debian's packages")
    await aptGet(['update'], updateWithinMs)
  }
}

function aptGet(args: string[], timeoutMs: number): Promise<string> {
  const options = ['-qq', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60']
  return run('apt-get', [...options, ...args], { timeoutMs, env: quiet })
}

// Debian asks this file before it starts a server. A machine that has one has decided already; one of ours, left by a
// run that was killed, is taken over.
async function withoutAutostart(install: () => Promise<unknown>): Promise<void> {
  if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') !== policy) return void (await install())
  const remove = () => rmSync(policyFile, { force: true })
  writeFileSync(policyFile, policy, { mode: 0o755 })
  process.once('exit', remove)
  try {
    await install()
  } finally {
    remove()
    process.off('exit', remove)
  }
}
