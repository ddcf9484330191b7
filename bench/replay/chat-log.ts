import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** One message of the log. */
export type LogMessage = {
  /** Its line number in its channel, as other lines name it. */
  line: number
  /** Who wrote it: an index into {@link ChatLog.authors}. */
  author: number
  text: string
  replyToLine: number | undefined
  /** Whether its author writes no more in this channel. */
  isLast: boolean
}

/** A channel of the log, its messages in the order of the file. */
export type LogChannel = { name: string; messages: LogMessage[] }

/** A chat log, as much of it as is replayed. */
export type ChatLog = { channels: LogChannel[]; authors: string[] }

/** The file cannot be read as a chat log; the message says where and why. */
export class ChatLogError extends Error {
  override readonly name = 'ChatLogError'
}

type Line = {
  channel: string
  line?: number
  kind: string
  author: string
  text?: string
  reply_to_line?: number
}

/** Reads a chat log: one JSON object a line, plain or gzipped. Only messages and actions are kept. */
export async function readChatLog(path: string): Promise<ChatLog> {
  const builder = new ChatLogBuilder()
  let number = 0
  for await (const text of lines(await openLog(path))) {
    number += 1
    if (text.trim() !== '') builder.add(parseLine(text, number))
  }
  return builder.finish()
}

/** The first `count` messages in all, as evenly from every channel as they last. */
export function limitLog(log: ChatLog, count: number): ChatLog {
  const lengths = log.channels.map(() => 0)
  let left = count
  for (let round = 0; left > 0 && log.channels.some(({ messages }) => messages.length > round); round += 1) {
    for (const [index, { messages }] of log.channels.entries()) {
      if (left === 0 || messages.length <= round) continue
      lengths[index] = round + 1
      left -= 1
    }
  }
  const builder = new ChatLogBuilder()
  for (const [index, { name, messages }] of log.channels.entries()) {
    for (const message of messages.slice(0, lengths[index])) {
      builder.addMessage(name, log.authors[message.author] ?? '', message)
    }
  }
  return builder.finish()
}

class ChatLogBuilder {
  readonly #channels = new Map<string, LogChannel & { lines: number }>()
  readonly #authors = new Map<string, number>()

  add(line: Line): void {
    const channel = this.#channel(line.channel)
    const number = line.line ?? channel.lines
    channel.lines += 1
    if (line.kind !== 'message' && line.kind !== 'action') return
    this.addMessage(line.channel, line.author, {
      line: number,
      text: line.text ?? '',
      replyToLine: line.reply_to_line,
    })
  }

  addMessage(
    channel: string,
    author: string,
    message: Pick<LogMessage, 'line' | 'text' | 'replyToLine'>,
  ): void {
    const index = this.#authors.get(author) ?? this.#authors.size
    this.#authors.set(author, index)
    this.#channel(channel).messages.push({ ...message, author: index, isLast: false })
  }

  finish(): ChatLog {
    const channels = [...this.#channels.values()].filter(({ messages }) => messages.length > 0)
    for (const { messages } of channels) markLast(messages)
    return {
      channels: channels.map(({ name, messages }) => ({ name, messages })),
      authors: [...this.#authors.keys()],
    }
  }

  #channel(name: string): LogChannel & { lines: number } {
    const known = this.#channels.get(name)
    if (known) return known
    const channel = { name, messages: [], lines: 0 }
    this.#channels.set(name, channel)
    return channel
  }
}

function markLast(messages: LogMessage[]): void {
  const seen = new Set<number>()
  for (const message of messages.toReversed()) {
    message.isLast = !seen.has(message.author)
    seen.add(message.author)
  }
}

function parseLine(text: string, number: number): Line {
  try {
    const line = JSON.parse(text) as Line
    const isWhole = [line.channel, line.kind, line.author].every((field) => typeof field === 'string')
    const isText = line.text === undefined || typeof line.text === 'string'
    if (isWhole && isText) return line
  } catch {
    // Told below, like a line that is JSON but no line of chat.
  }
  throw new ChatLogError(`line ${number} is not a line of chat: ${text.slice(0, 80)}`)
}

async function openLog(path: string): Promise<Readable> {
  const isGzipped = await startsAsGzip(path).catch((cause: Error) => {
    throw new ChatLogError(`${path} cannot be read: ${cause.message}`)
  })
  const file = createReadStream(path)
  if (!isGzipped) return file
  const unzip = createGunzip()
  file.once('error', (cause) => unzip.destroy(cause))
  return file.pipe(unzip)
}

async function startsAsGzip(path: string): Promise<boolean> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

/** Lines end at a line feed only: a text may hold any other separator that Unicode knows. */
async function* lines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const chunk of stream as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  yield rest
}
