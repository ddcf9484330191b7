import { expect, it } from 'vitest'
import { gatherAppends, type Part } from './appending.js'

const part = (text: string, more: Partial<Part> = {}): Part => ({
  channelId: 'c',
  senderId: 'ana',
  sessionId: undefined,
  id: 'm',
  text,
  final: false,
  nonce: undefined,
  ...more,
})

it('parts of one message go together, but for those with a nonce, and what stands behind the last', async () => {
  const sent: string[] = []
  const appends = gatherAppends(({ id, senderId, text, final, nonce }) => {
    sent.push([id, senderId, text, ...(final ? ['final'] : []), ...(nonce ? [nonce] : [])].join(' '))
    return Promise.resolve()
  }, 1)

  await Promise.all([
    appends.add(part('a')),
    appends.add(part('b')),
    appends.add(part('c', { nonce: 'n' })),
    appends.add(part('d')),
    appends.add(part('x'.repeat(4_000))),
    appends.add(part('y')),
    appends.add(part('e', { final: true })),
    appends.add(part('f')),
    appends.add(part('other', { id: 'o' })),
    appends.add(part('foreign', { senderId: 'bo' })),
  ])

  expect(sent.filter((each) => each.startsWith('m ana'))).toEqual([
    'm ana a',
    'm ana b',
    'm ana c n',
    'm ana d',
    `m ana ${'x'.repeat(4_000)}`,
    'm ana ye final',
    'm ana f',
  ])
  expect(sent).toContain('o ana other')
  expect(sent).toContain('m bo foreign')
})
