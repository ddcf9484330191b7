import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limitLog, readChatLog } from './chat-log.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-chat-log-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${Math.random()}`)
  await writeFile(path, content)
  return path
}

const line = (fields: object) =>
  `${JSON.stringify({ channel: 'a', kind: 'message', author: 'ana', ...fields })}\n`

describe('chat log', () => {
  it('keeps messages and actions, by channel, in the order of the file', async () => {
    const path = await fileOf(
      line({ line: 0, text: 'one' }) +
        line({ line: 1, kind: 'join', author: 'rui' }) +
        line({ channel: 'b', line: 0, text: 'other', author: 'rui' }) +
        line({ line: 2, kind: 'action', text: 'waves', reply_to_line: 0 }),
    )

    const log = await readChatLog(path)

    expect(log.authors).toEqual(['ana', 'rui'])
    expect(log.channels).toEqual([
      {
        name: 'a',
        messages: [
          { line: 0, author: 0, text: 'one', replyToLine: undefined, isLast: false },
          { line: 2, author: 0, text: 'waves', replyToLine: 0, isLast: true },
        ],
      },
      { name: 'b', messages: [{ line: 0, author: 1, text: 'other', replyToLine: undefined, isLast: true }] },
    ])
  })

  it('reads a gzipped file the same, whatever its name', async () => {
    const content = line({ text: 'one' }) + line({ text: 'two' })

    const log = await readChatLog(await fileOf(gzipSync(content)))

    expect(log).toEqual(await readChatLog(await fileOf(content)))
  })

  it('counts the lines of a channel where they are not numbered', async () => {
    const path = await fileOf(
      line({ kind: 'join' }) + line({ text: 'one' }) + line({ text: 'two', reply_to_line: 1 }),
    )

    const log = await readChatLog(path)

    expect(log.channels[0]?.messages.map((message) => message.line)).toEqual([1, 2])
  })

  it('leaves every oddity of a text as it is', async () => {
    const odd = ['\u2028 in the middle', 'a\u0085b', 'car\rriage', '\u0000', '\ud800', '', '👩‍🚀'.repeat(900)]

    const log = await readChatLog(await fileOf(odd.map((text) => line({ text })).join('')))

    expect(log.channels[0]?.messages.map(({ text }) => text)).toEqual(odd)
  })

  it.each(['{"channel":"a"', '{"channel":"a","kind":"message"}', '[]', 'null', line({ text: 5 }).trim()])(
    'says which line is not chat: %s',
    async (bad) => {
      const path = await fileOf(`${line({ text: 'one' })}${bad}\n`)

      await expect(readChatLog(path)).rejects.toThrow(/^line 2 is not a line of chat/)
    },
  )

  it('says which file cannot be read', async () => {
    const path = join(folder, 'absent')

    await expect(readChatLog(path)).rejects.toThrow(`${path} cannot be read`)
  })

  it('limits a log to the first messages of every channel', async () => {
    const path = await fileOf(
      ['a', 'a', 'a', 'b', 'c', 'c'].map((channel, index) => line({ channel, text: `${index}` })).join(''),
    )

    const log = limitLog(await readChatLog(path), 4)

    expect(log.channels.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
      ['0', '1'],
      ['3'],
      ['4'],
    ])
    expect(log.channels[0]?.messages.map(({ isLast }) => isLast)).toEqual([false, true])
  })
})
