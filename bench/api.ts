import { Backoff } from './backoff.js'

/** A user that this tool signed up. */
export type Account = { id: string; token: string }

/** A channel's head: how far it has come, in which epoch. */
export type Head = { epoch: string; seq: number }

/** A message as HTTP and the socket show it; only what the tools read. */
export type WireMessage = {
  id: string
  channel_id: string
  sender_id: string
  content: string
  seq: number
  count: number
  nonce?: string
  reply_to?: string
  deleted_at?: string
  reactions?: { emoji: string; user_ids: string[] }[]
}

/** One page of history, oldest first. */
export type Page = { messages: WireMessage[]; head: Head; has_more: boolean }

type SignedIn = { user: { id: string }; token: string }

/** The server answered with an error, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number | undefined
  /** How long the server asks to wait, in milliseconds; 0 when it says nothing. */
  readonly retryAfterMs: number

  constructor(what: string, status: number | undefined, text: string, retryAfterMs = 0) {
    super(`${what}: ${status ?? 'no answer'} ${text}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

const requestTimeoutMs = 30_000
const passing = new Set([undefined, 429, 500, 502, 503, 504])

/** The HTTP face. Requests are tried again while the fault may pass, for two minutes. */
export class Api {
  readonly #url: string

  /** `url` as `http://host:port`. */
  constructor(url: string) {
    this.#url = url
  }

  /**
   * Signs a user up, or in where the name is taken: an earlier try of ours, whose answer was lost, may have taken it.
   * Whoever knows the password is that user.
   */
  async signUp(username: string, password: string): Promise<Account> {
    const body = { username, password }
    const answer = await this.#request<SignedIn>('POST', '/users', undefined, body).catch((thrown) => {
      if (!(thrown instanceof ApiError) || thrown.status !== 409) throw thrown
      return this.#request<SignedIn>('POST', '/sessions', undefined, body)
    })
    return { id: answer.user.id, token: answer.token }
  }

  /** Makes a server with these members; returns its id. */
  async createServer(owner: Account, name: string, memberIds: readonly string[]): Promise<string> {
    const body = { name, member_ids: memberIds }
    const answer = await this.#request<{ server: { id: string } }>('POST', '/servers', owner.token, body)
    return answer.server.id
  }

  /** Makes a user a member of a server. */
  async addMember(owner: Account, serverId: string, userId: string): Promise<void> {
    await this.#request('PUT', `/servers/${serverId}/members/${userId}`, owner.token)
  }

  /** Makes a channel; returns its id. */
  async createChannel(owner: Account, serverId: string, name: string): Promise<string> {
    const path = `/servers/${serverId}/channels`
    const answer = await this.#request<{ channel: { id: string } }>('POST', path, owner.token, { name })
    return answer.channel.id
  }

  /** The messages after a seq, at most 100. */
  history(reader: Account, channelId: string, after: number): Promise<Page> {
    const query = `channel_id=${encodeURIComponent(channelId)}&after=${after}&limit=100`
    return this.#request<Page>('GET', `/history?${query}`, reader.token)
  }

  async #request<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const backoff = new Backoff()
    for (;;) {
      try {
        return await this.#once<T>(method, path, token, body)
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || !passing.has(thrown.status)) throw thrown
        if (!(await backoff.wait(thrown.retryAfterMs))) throw thrown
      }
    }
  }

  async #once<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const what = `${method} ${path.split('?')[0]}`
    const unanswered = (cause: unknown) => Promise.reject(new ApiError(what, undefined, String(cause)))
    const request = { ...init, signal: AbortSignal.timeout(requestTimeoutMs) }
    const response = await fetch(this.#url + path, request).catch(unanswered)
    const text = await response.text().catch(unanswered)
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000
    if (!response.ok) throw new ApiError(what, response.status, text.slice(0, 300), retryAfterMs)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
}
