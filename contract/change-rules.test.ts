import { describe, expect, it } from 'vitest'
import { CommandKind } from '../gen/recado/v1/messages_service.js'
import { Message } from '../gen/recado/v1/types.js'
import { findChangeFault } from './change-rules.js'

const {
  COMMAND_KIND_EDIT,
  COMMAND_KIND_APPEND,
  COMMAND_KIND_DELETE,
  COMMAND_KIND_REACT,
  COMMAND_KIND_UNREACT,
} = CommandKind
const written = Message.fromPartial({ id: 'm', senderId: 'ana', content: 'hello' })
const deleted = { ...written, content: '', deletedAt: '2026-01-01T00:00:00.000Z' }

/** Why these may not: the author, somebody else, and somebody else who may manage messages. */
function reasons(kind: CommandKind, message: Message | undefined): (string | undefined)[] {
  const changers = [
    { kind, senderId: 'ana', mayManage: false },
    { kind, senderId: 'bo', mayManage: false },
    { kind, senderId: 'mo', mayManage: true },
  ]
  return changers.map((changer) => findChangeFault(changer, message)?.reason)
}

describe('who may change a message', () => {
  it.each([
    ['edits it', COMMAND_KIND_EDIT, [undefined, 'MISSING_PERMISSION', 'MISSING_PERMISSION']],
    ['appends to it', COMMAND_KIND_APPEND, [undefined, 'MISSING_PERMISSION', 'MISSING_PERMISSION']],
    ['deletes it', COMMAND_KIND_DELETE, [undefined, 'MISSING_PERMISSION', undefined]],
    ['reacts to it', COMMAND_KIND_REACT, [undefined, undefined, undefined]],
    ['takes a reaction back', COMMAND_KIND_UNREACT, [undefined, undefined, undefined]],
  ])('and %s', (_what, kind, expected) => {
    expect(reasons(kind, written)).toEqual(expected)
  })

  it('is asked before whether it is deleted, so that nobody learns more than they may', () => {
    expect(reasons(COMMAND_KIND_EDIT, deleted)).toEqual([
      'MESSAGE_DELETED',
      'MISSING_PERMISSION',
      'MISSING_PERMISSION',
    ])
    expect(reasons(COMMAND_KIND_REACT, deleted)).toEqual(Array(3).fill('MESSAGE_DELETED'))
  })

  it('may delete the deleted', () => {
    expect(reasons(COMMAND_KIND_DELETE, deleted)).toEqual([undefined, 'MISSING_PERMISSION', undefined])
  })

  it('hears of what is not there that it may be stored in a moment', () => {
    expect(
      findChangeFault({ kind: COMMAND_KIND_EDIT, senderId: 'ana', mayManage: false }, undefined),
    ).toMatchObject({
      code: 'not_found',
      reason: 'MESSAGE_NOT_FOUND',
      retryable: true,
    })
  })
})
