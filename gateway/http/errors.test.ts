import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { RecadoError, type ErrorCode } from '../../lib/errors.js'
import { toHttpError } from './errors.js'

describe('errors over HTTP', () => {
  it.each<[ErrorCode, number, boolean]>([
    ['invalid_argument', 400, false],
    ['failed_precondition', 400, false],
    ['unauthenticated', 401, false],
    ['permission_denied', 403, false],
    ['not_found', 404, false],
    ['already_exists', 409, false],
    ['aborted', 409, true],
    ['resource_exhausted', 429, true],
    ['internal', 500, true],
    ['unimplemented', 501, false],
    ['unavailable', 503, true],
    ['deadline_exceeded', 504, true],
  ])('answer %s with status %i', (code, expectedStatus, retryable) => {
    const { status, body } = toHttpError(new RecadoError(code, 'Say why.'))

    expect(status).toBe(expectedStatus)
    expect(body).toEqual({ error: { code, reason: code.toUpperCase(), message: 'Say why.', retryable } })
  })

  it('carry the fields at fault', () => {
    const error = new RecadoError('invalid_argument', 'Mend it.', { details: { name: 'is required' } })

    expect(toHttpError(error).body.error.details).toEqual({ name: 'is required' })
  })

  it('name the way to sign in when nobody is signed in', () => {
    expect(toHttpError(new RecadoError('unauthenticated', 'Who?')).headers).toEqual({
      'www-authenticate': 'Bearer',
    })
  })

  it.each([
    [undefined, '1'],
    [0, '1'],
    [1_001, '2'],
    [60_000, '60'],
  ])('with status 429 say when to come back, given %s ms: %s s', (retryAfterMs, seconds) => {
    const error = new RecadoError(
      'resource_exhausted',
      'Later.',
      retryAfterMs === undefined ? {} : { retryAfterMs },
    )

    expect(toHttpError(error).headers).toEqual({ 'retry-after': seconds })
  })

  it('hide what was not made to be shown', () => {
    const { status, body } = toHttpError(new Error('connect ECONNREFUSED 10.1.2.3:5432'))

    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('10.1.2.3')
  })

  it('hide what gRPC says of a lost connection', () => {
    const text = 'No connection established. Last error: connect ECONNREFUSED 10.1.2.3:4001'
    const cause = Object.assign(new Error(text), { code: status.UNAVAILABLE, details: text, metadata: {} })

    const { status: answered, body } = toHttpError(new RecadoError('unavailable', text, { cause }))

    expect(answered).toBe(503)
    expect(JSON.stringify(body)).not.toContain('10.1.2.3')
  })

  it('keep HTTP’s own status for faults of HTTP itself', () => {
    const error = Object.assign(new Error('Request body is too large'), { statusCode: 413 })

    const { status, body } = toHttpError(error)

    expect(status).toBe(413)
    expect(body.error.code).toBe('invalid_argument')
  })
})
