import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { present, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses } from '../openapi.js'
import { noContent, refs } from '../schemas.js'
import type { UserDeps } from './users.js'

const profile = limits['recado.v1.UpdateUserRequest']
const passwords = limits['recado.v1.UpdatePasswordRequest']

/** Adds `PATCH /users/me` and `PUT /users/me/password`. */
export function addAccountRoutes(app: HttpApp, deps: UserDeps): void {
  addUpdateUser(app, deps)
  addUpdatePassword(app, deps)
}

function addUpdateUser(app: HttpApp, { users, authenticate, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'updateMe',
    summary: 'Changes what is given of what the acting user shows.',
    security: bearer,
    body: Type.Object(
      {
        display_name: Type.Optional(
          Type.String({
            ...profile.display_name,
            description: 'The name to show: nothing invisible in it, no white space around it; empty: none.',
          }),
        ),
        about: Type.Optional(
          Type.String({ ...profile.about, description: 'What to say of oneself; empty: nothing.' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({ user: refs.user }, { description: 'The user as they are now.' }),
      ...bodyErrorResponses('unauthenticated', 'resource_exhausted'),
    },
  }
  app.patch('/users/me', { schema, onRequest: authenticate }, async ({ body, userId }) => {
    await limits.changeAccount(userId)
    const asked = { displayName: body.display_name, about: body.about }
    const { user } = await users.call((client) => client.updateUser, asked, { userId })
    return { user: toUserJson(present(user)) }
  })
}

function addUpdatePassword(app: HttpApp, { users, authenticate, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'updatePassword',
    summary: 'Changes the password; all other sessions end, and their connections are closed.',
    security: bearer,
    body: Type.Object(
      {
        current_password: Type.String({
          ...passwords.current_password,
          description: 'The password until now.',
        }),
        new_password: Type.String({ ...passwords.new_password, description: 'Any characters.' }),
      },
      { additionalProperties: false },
    ),
    response: {
      204: noContent('Changed.'),
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'aborted', 'resource_exhausted'),
    },
  }
  app.put('/users/me/password', { schema, onRequest: authenticate }, async (request, reply) => {
    const { body, token, userId } = request
    await limits.changeAccount(userId)
    const asked = { currentPassword: body.current_password, newPassword: body.new_password, token }
    await limits.confirmPassword(userId, () =>
      users.call((client) => client.updatePassword, asked, { userId }),
    )
    return reply.code(204).send()
  })
}
