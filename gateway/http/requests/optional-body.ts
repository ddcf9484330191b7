import type { preValidationAsyncHookHandler } from 'fastify'

/** For routes whose body may be left out, for all its fields may: none is an empty one. */
export const optionalBody: preValidationAsyncHookHandler = async (request) => {
  request.body ??= {}
}
