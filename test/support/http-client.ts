/** What a request may carry. */
export type Ask = { token?: string; body?: unknown; headers?: Record<string, string> }

/** An answer, its JSON read. `body` is what the test expects it to be; undefined where there is none. */
export type Answer = {
  status: number
  headers: Headers
  // Tests look into answers freely; what they find is compared, not trusted.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any
}

/** Asks and reads the answer. `what` is a method and a path: `GET /users/me`. A string or buffer travels as it is. */
export async function ask(url: string, what: string, { token, body, headers }: Ask = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = what.split(' ')
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text || undefined,
  }
}

/** A user who has signed up. */
export type SignedUp = { id: string; username: string; token: string }

let signUps = 0

/** Signs a new user up under a name that nobody has. */
export async function signUp(url: string): Promise<SignedUp> {
  const username = `user ${++signUps} é 🦜`
  const { body } = await ask(url, 'POST /users', { body: { username, password: 'caixa postal' } })
  return { id: body.user.id, username, token: body.token }
}

/** A server as tests use it. */
export type MadeServer = { id: string; channelId: string }

/** Makes a server for a user. */
export async function makeServer(
  url: string,
  owner: SignedUp,
  memberIds: string[] = [],
): Promise<MadeServer> {
  const { body } = await ask(url, 'POST /servers', {
    token: owner.token,
    body: { name: 'Tea', member_ids: memberIds },
  })
  return { id: body.server.id, channelId: body.server.announcement_channel_id }
}
