import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a script of this folder in a process of its own. Its standard output is piped. */
export function startScript(name: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(name, import.meta.url))
  return spawn(process.execPath, ['--import', './bin/typescript.mjs', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Kills a process with SIGKILL once it has printed so many lines. Resolves with all lines that it printed. */
export async function killAfterLines(child: ChildProcess, lines: number): Promise<string[]> {
  let printed = ''
  child.stdout?.on('data', (bytes: Buffer) => {
    printed += bytes.toString()
    if (printed.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return printed.trim().split('\n')
}

/** Waits for a process to end by itself. Resolves with its exit code; kills it and rejects when it takes longer. */
export async function exitCode(child: ChildProcess, timeoutMs: number): Promise<number | null> {
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(late)
  if (child.signalCode) throw new Error(`the process had not ended after ${timeoutMs} ms`)
  return code
}
