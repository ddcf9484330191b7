import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { present, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses } from '../openapi.js'
import { noContent, refs } from '../schemas.js'
import type { UserDeps } from './users.js'

const profile = limits['recado.v1.UpdateUserRequest']
const passwords = limits['recado.v1.UpdatePasswordRequest']

/** Adds `PATCH|DELETE /users/me` and `PUT /users/me/password`. */
export function addAccountRoutes(app: HttpApp, deps: UserDeps): void {
  addUpdateUser(app, deps)
  addUpdatePassword(app, deps)
  addDeleteUser(app, deps)
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

function addDeleteUser(app: HttpApp, { users, authenticate, limits: rates }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'deleteMe',
    summary:
      'Deletes the account: the name is free again and all sessions end; texts are blanked within minutes, places stay.',
    security: bearer,
    body: Type.Object(
      {
        password: Type.String({
          ...limits['recado.v1.DeleteUserRequest'].password,
          description: "The user's password.",
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      204: noContent('Deleted.'),
      ...bodyErrorResponses(
        ...(['failed_precondition', 'unauthenticated', 'permission_denied', 'aborted'] as const),
        'resource_exhausted',
      ),
    },
  }
  app.delete('/users/me', { schema, onRequest: authenticate }, async ({ body, userId }, reply) => {
    await rates.changeAccount(userId)
    await rates.confirmPassword(userId, () =>
      users.call((client) => client.deleteUser, { password: body.password }, { userId }),
    )
    return reply.code(204).send()
  })
}
