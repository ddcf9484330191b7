import { describe, expect, it } from 'vitest'
import { RecadoError, type ErrorCode } from '../lib/errors.js'
import { isOwnFault } from './faults.js'

const coded = (code: unknown) => Object.assign(new Error('it failed'), { code })

describe('a fault', () => {
  it.each([
    ['data out of range', coded('22003')],
    ['no UTF-8', coded('22021')],
    ['a date that is none', coded('22008')],
    ['a broken constraint', coded('23514')],
    ['a duplicate key', coded('23505')],
    ['data that a store refuses', new RecadoError('invalid_argument', 'No.', { cause: coded('22P05') })],
    ['a slip in our step', new TypeError('cannot read properties of undefined')],
    ['a length that cannot be', new RangeError('Invalid string length')],
  ])('is the message’s own: %s', (_case, error) => {
    expect(isOwnFault(error)).toBe(true)
  })

  it.each<ErrorCode>([
    'not_found',
    'already_exists',
    'permission_denied',
    'unauthenticated',
    'resource_exhausted',
    'failed_precondition',
    'aborted',
    'unimplemented',
    'unavailable',
    'deadline_exceeded',
    'internal',
  ])('passes: %s, whatever caused it', (code) => {
    expect(isOwnFault(new RecadoError(code, 'x', { retryable: false, cause: coded('22003') }))).toBe(false)
  })

  it.each([
    '25006',
    '40P01',
    '55P03',
    '58030',
    'XX000',
    '42P01',
    '57P03',
    '53100',
    '08006',
    'EPIPE',
    'ECONNRESET',
    '22',
    '220031',
    22_003,
    11_000,
    undefined,
  ])('passes: an error with the code %s', (code) => {
    expect(isOwnFault(coded(code))).toBe(false)
  })

  it.each([[new Error('?')], ['22003'], [undefined], [null], [new DOMException('x', 'AbortError')]])(
    'passes when nobody knows what it is: %s',
    (thrown) => {
      expect(isOwnFault(thrown)).toBe(false)
    },
  )
})
