import { startServer } from '../test/support/products/programs.js'
import { Progress } from './progress.js'
import { ChatLogError, limitLog, readChatLog, type ChatLog } from './replay/chat-log.js'
import { parseOptions, usage, type ReplayOptions } from './replay/options.js'
import { report } from './replay/report.js'
import { runReplay } from './replay/run.js'
import { UsageError } from './usage-error.js'

process.exitCode = await main(process.argv.slice(2))

/** Replays a chat log as the command line says. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options !== 'help') return await replay(options)
    console.log(usage)
    return 0
  } catch (thrown) {
    if (!(thrown instanceof UsageError) && !(thrown instanceof ChatLogError)) throw thrown
    console.error(`${thrown.message}\nnpm run replay -- --help says more.`)
    return 2
  }
}

async function replay(options: ReplayOptions): Promise<number> {
  const log = limitLog(await readChatLog(options.file), options.limit)
  if (options.url !== undefined) return replayOn(options.url, log, options)
  const server = await startServer(options.profile)
  try {
    return await replayOn(server.url, log, options)
  } finally {
    await server.stop()
  }
}

async function replayOn(url: string, log: ChatLog, options: ReplayOptions): Promise<number> {
  const progress = new Progress()
  try {
    const outcome = await runReplay(log, url, options, progress)
    progress.stop()
    console.log(report(outcome))
    return outcome.findings.faults === 0 ? 0 : 1
  } finally {
    progress.stop()
  }
}
