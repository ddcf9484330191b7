import {
  BSON,
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
} from 'mongodb'
import { describe, expect, it } from 'vitest'
import { isOwnFault } from '../../../contract/faults.js'
import { RefusedDocument, toPortError } from './mongo-faults.js'

const command = (code: number) => new MongoServerError({ message: 'no', code })

/** What an insert throws for one of its documents. */
const insert = (code: number) => new RefusedDocument(code)

/** What several updates throw for one of them. */
function write(code: number): MongoBulkWriteError {
  const error = { code, index: 0, errmsg: 'no' }
  return new MongoBulkWriteError({ message: 'no', code, writeErrors: [error] } as never, {} as never)
}

describe('an error of MongoDB', () => {
  it.each([
    ['a bad value in a document', insert(2)],
    ['a bad value in an update', write(2)],
    ['a document that fails its validation', insert(121)],
    ['a document that is too large', insert(10_334)],
    ['a command with a document that is too large', command(10_334)],
    ['what the driver cannot write as BSON', new BSON.BSONError('no')],
    ['what the driver takes for too large', new MongoInvalidArgumentError('no')],
    ['a number out of its range', new RangeError('no')],
    ['a mistake of ours', new TypeError('no')],
  ])('blames the message: %s', (_what, error) => {
    expect(isOwnFault(toPortError(error))).toBe(true)
  })

  it.each([
    ['a bad value in a command, as of a server without a journal', command(2)],
    ['a command that is not understood', command(9)],
    ['a primary that has stepped down', command(189)],
    ['a server that is shutting down', command(91)],
    ['no disk left', command(14_031)],
    ['a wrong password', command(18)],
    ['a code that nobody knows', insert(99_999)],
    ['a code of an update that nobody knows', write(99_999)],
    ['a link that broke', new MongoNetworkError('no')],
    ['anything else', new Error('no')],
  ])('passes: %s', (_what, error) => {
    const thrown = toPortError(error)

    expect(thrown).toMatchObject({ code: 'unavailable', retryable: true })
    expect(isOwnFault(thrown)).toBe(false)
  })

  it('names the setting where the password is wrong, also where it is the reason of another', () => {
    const outer = new Error('no server', { cause: command(18) })

    for (const error of [command(18), outer])
      expect(toPortError(error)).toMatchObject({
        cause: { message: expect.stringContaining('MONGODB_URL') as string },
      })
  })
})
