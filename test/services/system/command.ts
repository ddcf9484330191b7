import { execFile } from 'node:child_process'

/** A user of the system that a command runs as. */
export type Account = { uid: number; gid: number }

/** How a command is run. */
export type CommandOptions = {
  /** The command is killed, and has failed, after this time. */
  timeoutMs: number
  cwd?: string
  /** Added to this process's environment. */
  env?: Record<string, string>
  /** Runs as this account; as ours without it. */
  account?: Account | undefined
}

/**
 * Runs `command` to its end and resolves to what it wrote to stdout.
 * @throws Error with the last lines of its output if it cannot start, fails or is too late.
 */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { timeoutMs, cwd, env, account } = options
  const settings = {
    cwd,
    env: { ...process.env, ...env },
    ...account,
    timeout: timeoutMs,
    maxBuffer: 64 << 20,
  }
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const why = error.killed
        ? `took longer than ${timeoutMs / 1000} s`
        : `failed (${error.code ?? error.signal})`
      reject(new Error(`${[command, ...args].join(' ')} ${why}${tail(stdout + stderr)}`))
    })
    child.stdin?.end()
  })
}

/** The last lines of `output` on lines of their own, indented; empty when there is none. */
export function tail(output: string, maxLines = 15): string {
  const lines = output.trim().split('\n').slice(-maxLines)
  return lines[0] === '' ? '' : lines.map((line) => `\n    ${line}`).join('')
}
