import { describe, expect, it } from 'vitest'
import { ALL_PERMISSIONS, toPermissionSet } from '../../contract/permissions.js'
import { CommandKind, type Candidate } from '../../gen/recado/v1/messages_service.js'
import { findFault, mayManage, type Target } from './message-rules.js'

const right: Target = {
  serverId: 'server-1',
  permissions: toPermissionSet(['view_channel', 'send_messages', 'add_reactions']),
  obstacle: null,
  slowModeS: 0,
  hasListeners: false,
  headSeq: 7,
  blockedWords: ['spam'],
  isSignedIn: true,
}

function candidate(content: string, more: Partial<Candidate> = {}): Candidate {
  const kind = CommandKind.COMMAND_KIND_MESSAGE
  return { kind, senderId: 'ana', channelId: 'channel-1', content, moderated: false, ...more }
}

function reasonOf(asked: Candidate, target: Target | undefined): string | undefined {
  return findFault(asked, target)?.reason
}

const {
  COMMAND_KIND_EDIT,
  COMMAND_KIND_APPEND,
  COMMAND_KIND_DELETE,
  COMMAND_KIND_REACT,
  COMMAND_KIND_UNREACT,
} = CommandKind

describe('message rules', () => {
  it.each(['Olá, mundo!', 'x'.repeat(4_000), '🎈'.repeat(4_000), ' a ', 'line\nbreak'])(
    'permit a text in order',
    (content) => {
      expect(reasonOf(candidate(content), right)).toBeUndefined()
      expect(reasonOf(candidate(content, { kind: COMMAND_KIND_EDIT }), right)).toBeUndefined()
    },
  )

  it.each(['', ' \n\t', '\u200b\u00ad', 'x'.repeat(4_001), '🎈'.repeat(4_001), 'a\0b', 'a\ud800'])(
    'refuse a text that is not in order',
    (content) => {
      expect(reasonOf(candidate(content), right)).toBe('INVALID_ARGUMENT')
      expect(reasonOf(candidate(content, { kind: COMMAND_KIND_EDIT }), right)).toBe('INVALID_ARGUMENT')
    },
  )

  it('refuse what is written where a block or a deleted account stands in the way, not what is taken back', () => {
    const kinds = [undefined, COMMAND_KIND_EDIT, COMMAND_KIND_APPEND, COMMAND_KIND_REACT, COMMAND_KIND_DELETE]
    const reasons = (obstacle: Target['obstacle']) =>
      kinds.map((kind) =>
        reasonOf(candidate('x', { ...(kind && { kind }), emoji: '👍' }), { ...right, obstacle }),
      )

    expect(reasons('blocked')).toEqual([...Array<string>(4).fill('BLOCKED'), undefined])
    expect(reasons('gone')).toEqual([...Array<string>(4).fill('USER_NOT_FOUND'), undefined])
  })

  it('take what is blank to be added, and nothing that is not in order', () => {
    const added = (content: string) => reasonOf(candidate(content, { kind: COMMAND_KIND_APPEND }), right)

    expect([' ', '', '\n'].map(added)).toEqual([undefined, undefined, undefined])
    expect(['x'.repeat(4_001), 'a\0b', 'a\ud800'].map(added)).toEqual(Array(3).fill('INVALID_ARGUMENT'))
  })

  it.each([COMMAND_KIND_REACT, COMMAND_KIND_UNREACT])('know an emoji (%i)', (kind) => {
    const reacted = (emoji: string | undefined) => reasonOf(candidate('', { kind, emoji }), right)

    expect(['👍', ':party_parrot:', '👩‍👩‍👧‍👦', '🎈'.repeat(64)].map(reacted)).toEqual(Array(4).fill(undefined))
    expect([undefined, '', 'a b', '\u00a0', 'x'.repeat(65), 'a\0', '\ud800'].map(reacted)).toEqual(
      Array(7).fill('INVALID_ARGUMENT'),
    )
  })

  it('refuse who may not write there', () => {
    expect(findFault(candidate('hello'), undefined)).toMatchObject({
      code: 'not_found',
      reason: 'NOT_A_MEMBER',
      message: 'This channel is not there, or you are not in it.',
    })
    expect(reasonOf(candidate('', { kind: COMMAND_KIND_DELETE }), undefined)).toBe('NOT_A_MEMBER')
  })

  it('refuse a blocked word and name the rule', () => {
    expect(findFault(candidate('Buy SPAM now'), right)).toMatchObject({
      code: 'permission_denied',
      reason: 'BLOCKED_WORD',
      message: 'The message breaks the rule `blocked_words`.',
    })
    expect(reasonOf(candidate('spam', { kind: COMMAND_KIND_EDIT }), right)).toBe('BLOCKED_WORD')
    expect(reasonOf(candidate('spam', { kind: COMMAND_KIND_APPEND }), right)).toBe('BLOCKED_WORD')
    expect(reasonOf(candidate('', { kind: COMMAND_KIND_REACT, emoji: ':spam:' }), right)).toBe('BLOCKED_WORD')
  })

  it('do not moderate twice', () => {
    const moderated = { moderated: true }
    expect(reasonOf(candidate('spam', moderated), right)).toBeUndefined()
    expect(reasonOf(candidate('', moderated), right)).toBe('INVALID_ARGUMENT')
    expect(reasonOf(candidate('spam', moderated), undefined)).toBe('NOT_A_MEMBER')
  })

  it('tell the first fault: the text, then the right, then the session, then the moderation', () => {
    expect(reasonOf(candidate('spam'), { ...right, isSignedIn: false })).toBe('SIGNED_OUT')
    expect(reasonOf(candidate(''), undefined)).toBe('INVALID_ARGUMENT')
    expect(reasonOf(candidate('spam'), undefined)).toBe('NOT_A_MEMBER')
  })

  it('tell who may change what others wrote', () => {
    expect(mayManage({ ...right, permissions: ALL_PERMISSIONS })).toBe(true)
    expect(mayManage(right)).toBe(false)
    expect(mayManage(undefined)).toBe(false)
  })
})
