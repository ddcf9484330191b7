import { describe, expect, it } from 'vitest'
import { CommandKind, type Verdict } from '../../gen/recado/v1/messages_service.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { decide, type Target } from './message-rules.js'

const right: Target = {
  serverId: 'server-1',
  ownerId: 'bo',
  headSeq: 7,
  blockedWords: ['spam'],
  isSignedIn: true,
}

function candidate(content: string, moderated = false) {
  return {
    kind: CommandKind.COMMAND_KIND_MESSAGE,
    senderId: 'ana',
    channelId: 'channel-1',
    content,
    moderated,
  }
}

function codeOf(verdict: Verdict): ErrorCode | undefined {
  return verdict.outcome?.$case === 'refusal' ? verdict.outcome.value.code : undefined
}

describe('message rules', () => {
  it.each(['Olá, mundo!', 'x'.repeat(4_000), '🎈'.repeat(4_000), ' a ', 'line\nbreak'])(
    'permit a text in order, and name the server',
    (content) => {
      expect(decide(candidate(content), right)).toEqual({
        outcome: {
          $case: 'permission',
          value: {
            serverId: 'server-1',
            mentions: [],
            mentionsEveryone: false,
            mayNotify: false,
            replyToUnchecked: false,
          },
        },
      })
    },
  )

  it.each(['', ' \n\t', '\u200b\u00ad', 'x'.repeat(4_001), '🎈'.repeat(4_001), 'a\0b', 'a\ud800'])(
    'refuse a text that is not in order',
    (content) => {
      expect(codeOf(decide(candidate(content), right))).toBe(ErrorCode.ERROR_CODE_INVALID_ARGUMENT)
    },
  )

  it('refuse who may not write there', () => {
    expect(decide(candidate('hello'), undefined).outcome).toEqual({
      $case: 'refusal',
      value: {
        code: ErrorCode.ERROR_CODE_NOT_FOUND,
        reason: 'NOT_A_MEMBER',
        message: 'This channel is not there, or you are not in it.',
      },
    })
  })

  it('refuse a blocked word and name the rule', () => {
    expect(decide(candidate('Buy SPAM now'), right).outcome).toEqual({
      $case: 'refusal',
      value: {
        code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
        reason: 'BLOCKED_WORD',
        message: 'The message breaks the rule `blocked_words`.',
      },
    })
  })

  it('do not moderate twice', () => {
    expect(codeOf(decide(candidate('spam', true), right))).toBeUndefined()
    expect(codeOf(decide(candidate('', true), right))).toBe(ErrorCode.ERROR_CODE_INVALID_ARGUMENT)
    expect(codeOf(decide(candidate('spam', true), undefined))).toBe(ErrorCode.ERROR_CODE_NOT_FOUND)
  })

  it('refuse what a signed-out session left behind', () => {
    expect(decide(candidate('hello', true), { ...right, isSignedIn: false }).outcome).toMatchObject({
      $case: 'refusal',
      value: { code: ErrorCode.ERROR_CODE_PERMISSION_DENIED, reason: 'SIGNED_OUT' },
    })
  })

  it('tell the first fault: the text, then the right, then the session, then the moderation', () => {
    const reasonOf = (verdict: Verdict) =>
      verdict.outcome?.$case === 'refusal' ? verdict.outcome.value.reason : undefined
    expect(reasonOf(decide(candidate('spam'), { ...right, isSignedIn: false }))).toBe('SIGNED_OUT')
    expect(codeOf(decide(candidate(''), undefined))).toBe(ErrorCode.ERROR_CODE_INVALID_ARGUMENT)
    expect(codeOf(decide(candidate('spam'), undefined))).toBe(ErrorCode.ERROR_CODE_NOT_FOUND)
  })
})
