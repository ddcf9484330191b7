import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Environment variables. */
export type Env = Record<string, string>

const projectDir = fileURLToPath(new URL('../../../', import.meta.url))
const withParent = new URL('with-parent.mjs', import.meta.url).href

/** After this a program that was told to stop is killed, in milliseconds. */
const stopWithinMs = 30_000
const tailLines = 30

/** One program of the product, running as a process of its own; what it prints goes to a file. */
export class Program {
  readonly name: string
  readonly #entry: string
  readonly #env: Env
  readonly #logFile: string
  #process: ChildProcess
  #isStopping = false

  private constructor(name: string, entry: string, env: Env, logFile: string) {
    this.name = name
    this.#entry = entry
    this.#env = env
    this.#logFile = logFile
    this.#process = this.#spawn()
  }

  /** Starts a program as `npm run` does, with these variables beside those of this process. */
  static start(name: string, entry: string, env: Env, logFile: string): Program {
    return new Program(name, entry, env, logFile)
  }

  /** Starts it again, as it was started, once it has ended. */
  startAgain(): void {
    this.#process = this.#spawn()
  }

  /** Its process id; 0 when it could not be started. */
  get pid(): number {
    return this.#process.pid ?? 0
  }

  get isRunning(): boolean {
    return this.pid !== 0 && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** The end of what it has printed. */
  get logTail(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n')
  }

  /**
   * Asks it to stop, kills it when that takes longer than 30 s, and resolves with its exit code when it has ended; null when a signal
   * ended it.
   */
  async stop(): Promise<number | null> {
    this.#isStopping = true
    if (!this.isRunning) return this.#process.exitCode
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    const inTime = new AbortController()
    const late = delay(stopWithinMs, 'late', { signal: inTime.signal }).catch(() => 'ended')
    if ((await Promise.race([ended, late])) === 'late') this.#kill()
    inTime.abort()
    await ended
    return this.#process.exitCode
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#logFile, 'a')
    const child = spawn(process.execPath, ['--import', withParent, 'bin/start.mjs', this.#entry], {
      cwd: projectDir,
      env: { ...process.env, ...this.#env },
      stdio: ['pipe', log, log],
    })
    closeSync(log)
    child.once('exit', (code, signal) => this.#ended(code, signal))
    return child
  }

  #kill(): void {
    console.error(
      `${this.name} did not stop within ${stopWithinMs / 1_000} s and is killed; its log ends with:\n${this.logTail}`,
    )
    this.#process.kill('SIGKILL')
  }

  #ended(code: number | null, signal: string | null): void {
    if (this.#isStopping || code === 0 || signal === 'SIGKILL') return
    console.error(
      `${this.name} ended by itself (${signal ?? `exit code ${code}`}); its log ends with:\n${this.logTail}`,
    )
  }
}
