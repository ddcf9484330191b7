import { expect, it } from 'vitest'
import { ErrorCode } from '../gen/recado/v1/types.js'
import { RecadoError } from '../lib/errors.js'
import { WRONG_SERVICE_TOKEN } from '../lib/grpc/credentials.js'
import { fromGrpcError, toGrpcStatus } from '../lib/grpc/status.js'
import { fromRefusal } from '../contract/refusals.js'
import { toErrorReply } from './errors.js'

it('tells WebSocket clients the code, the reason and whether to try again', () => {
  expect(toErrorReply(new RecadoError('not_found', 'No such channel.'))).toStrictEqual({
    code: 'not_found',
    reason: 'NOT_FOUND',
    message: 'No such channel.',
    retryable: false,
  })
})

it('tells WebSocket clients how long to wait', () => {
  const error = new RecadoError('resource_exhausted', 'Slower.', { retryAfterMs: 250 })

  expect(toErrorReply(error)).toStrictEqual({
    code: 'resource_exhausted',
    reason: 'RESOURCE_EXHAUSTED',
    message: 'Slower.',
    retryable: true,
    retry_after_ms: 250,
  })
})

it('shows nothing of an error that was not made to be shown', () => {
  const reply = toErrorReply(new Error('password of db-1 is wrong'))

  expect(reply.code).toBe('internal')
  expect(reply.message).not.toContain('db-1')
})

it('does not sign users out when it is our own service token that is wrong', () => {
  const status = toGrpcStatus(
    new RecadoError('unauthenticated', 'Send the service token.', { reason: WRONG_SERVICE_TOKEN }),
  )
  const error = fromGrpcError(Object.assign(new Error('16 UNAUTHENTICATED'), status))

  expect(toErrorReply(error)).toStrictEqual(toErrorReply(new Error('anything inside')))
  expect(toErrorReply(new RecadoError('unauthenticated', 'Sign in.')).code).toBe('unauthenticated')
})

it('keeps what our own code says of a service that is away', () => {
  const error = new RecadoError('unavailable', 'The queue is away.', {
    cause: new Error('ECONNRESET 10.1.2.3'),
  })

  expect(toErrorReply(error).message).toBe('The queue is away.')
})

it('reads a refusal by its number', () => {
  const error = fromRefusal({
    code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
    reason: 'BLOCKED_WORD',
    message: 'A blocked word.',
  })

  expect(error).toMatchObject({
    code: 'permission_denied',
    reason: 'BLOCKED_WORD',
    message: 'A blocked word.',
    retryable: false,
  })
})
