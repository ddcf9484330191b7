import { toNetwork } from '../lib/address.js'
import { RecadoError } from '../lib/errors.js'
import { WRONG_SERVICE_TOKEN } from '../lib/grpc/credentials.js'
import type { Limit, Limits } from '../ports/limits/limits.js'

/** The limits that can be set. Every one holds for all gateways together. */
export type LimitsConfig = {
  /** Sign-ups for a client address and minute; 0: no limit. */
  signupsPerMinute: number
  /** Messages that a user may hand in for a second; 0: no limit. */
  messagesPerSecond: number
}

/** What holds where nothing else is set. */
export const limitDefaults: LimitsConfig = { signupsPerMinute: 60, messagesPerSecond: 20 }

const MINUTE = 60

/** Wrong passwords of one name: slow enough that guessing is hopeless. Whoever has that name waits with the guessers. */
const failedSignInsOfName: Limit = {
  name: 'failed-sign-ins-of-name',
  points: 10,
  windowSeconds: MINUTE,
  message: 'Too many wrong passwords for this name. Try again in a minute.',
}
/** Wrong passwords from one address: more, for a whole school may stand behind it. */
const failedSignInsOfAddress: Limit = {
  name: 'failed-sign-ins-of-address',
  points: 400,
  windowSeconds: MINUTE,
  message: 'Too many wrong passwords from your address. Try again in a minute.',
}
const serversOfUser: Limit = {
  name: 'servers-of-user',
  points: 300,
  windowSeconds: MINUTE,
  message: 'You are making servers too fast. Try again in a minute.',
}
const channelsOfUser: Limit = {
  name: 'channels-of-user',
  points: 1_500,
  windowSeconds: MINUTE,
  message: 'You are making channels too fast. Try again in a minute.',
}
const directsOfUser: Limit = {
  name: 'directs-of-user',
  points: 600,
  windowSeconds: MINUTE,
  message: 'You are opening directs too fast. Try again in a minute.',
}
/** Wrong passwords of somebody who is signed in, as of a name. */
const failedPasswordsOfUser: Limit = {
  name: 'failed-passwords-of-user',
  points: 10,
  windowSeconds: MINUTE,
  message: 'Too many wrong passwords. Try again in a minute.',
}
/** Profile, password, sessions and blocks together: far more than a person does. */
const changesOfAccount: Limit = {
  name: 'changes-of-account',
  points: 120,
  windowSeconds: MINUTE,
  message: 'You are changing your account too fast. Try again in a minute.',
}
/** Names that somebody looks up: more than are typed, too few to try all. */
const lookUpsOfUser: Limit = {
  name: 'look-ups-of-user',
  points: 300,
  windowSeconds: MINUTE,
  message: 'You are looking up names too fast. Wait a moment.',
  sharing: 'loose',
}
/** An export reads all that somebody ever wrote. */
const exportsOfUser: Limit = {
  name: 'exports-of-user',
  points: 10,
  windowSeconds: 60 * MINUTE,
  message: 'You have exported your data often lately. Try again in an hour.',
}
const searchesOfUser: Limit = {
  name: 'searches-of-user',
  points: 300,
  windowSeconds: MINUTE,
  message: 'You are searching too fast. Wait a moment.',
}
const rolesOfUser: Limit = {
  name: 'roles-of-user',
  points: 1_500,
  windowSeconds: MINUTE,
  message: 'You are making roles too fast. Try again in a minute.',
}
const invitesOfUser: Limit = {
  name: 'invites-of-user',
  points: 600,
  windowSeconds: MINUTE,
  message: 'You are making or using invites too fast. Try again in a minute.',
}
const joinsOfUser: Limit = {
  name: 'joins-of-user',
  points: 6_000,
  windowSeconds: MINUTE,
  message: 'You are joining too fast. Wait a moment.',
  sharing: 'loose',
}
const readMarksOfUser: Limit = {
  name: 'read-marks-of-user',
  points: 6_000,
  windowSeconds: MINUTE,
  message: 'You are telling what you have read too fast. Wait a moment.',
  sharing: 'loose',
}
const readsOfUser: Limit = {
  name: 'history-reads-of-user',
  points: 5_000,
  windowSeconds: 10,
  message: 'You are reading history too fast. Wait a moment.',
  sharing: 'loose',
}
/**
 * How often people may do what the gateway does for them. Every method rejects with `resource_exhausted` and the time to wait when it
 * was too often; addresses of IPv6 count by their /64.
 */
export class GatewayLimits {
  readonly #limits: Limits
  readonly #signUps: Limit
  readonly #messages: Limit

  constructor(limits: Limits, { signupsPerMinute, messagesPerSecond }: LimitsConfig) {
    this.#limits = limits
    this.#signUps = {
      name: 'sign-ups-of-address',
      points: signupsPerMinute,
      windowSeconds: MINUTE,
      message: 'Too many sign-ups from your address. Try again in a minute.',
    }
    this.#messages = {
      name: 'messages-of-user',
      points: messagesPerSecond,
      windowSeconds: 1,
      message: `You are sending faster than ${messagesPerSecond} messages a second. Wait a moment.`,
      sharing: 'loose',
    }
  }

  /** Counts a sign-up. */
  signUp(address: string): Promise<void> {
    return this.#limits.take(this.#signUps, toNetwork(address))
  }

  /** Signs in by `signIn`; counts it when it fails with `unauthenticated`, so that nobody who knows the password is held up. */
  async signIn<T>(username: string, address: string, signIn: () => Promise<T>): Promise<T> {
    const counted = [
      [failedSignInsOfName, toSimilarName(username)],
      [failedSignInsOfAddress, toNetwork(address)],
    ] as const
    await Promise.all(counted.map(([limit, key]) => this.#limits.check(limit, key)))
    try {
      return await signIn()
    } catch (error) {
      if (isWrongPassword(error))
        // Whoever guesses at once may have used the points up meanwhile; the answer stays that the password is wrong.
        await Promise.allSettled(counted.map(([limit, key]) => this.#limits.take(limit, key)))
      throw error
    }
  }

  /** Confirms by `confirm`, with a password; counts it when that is wrong (WRONG_PASSWORD), as {@link signIn} does. */
  async confirmPassword<T>(userId: string, confirm: () => Promise<T>): Promise<T> {
    await this.#limits.check(failedPasswordsOfUser, userId)
    try {
      return await confirm()
    } catch (error) {
      if (RecadoError.from(error).reason === 'WRONG_PASSWORD')
        await this.#limits.take(failedPasswordsOfUser, userId).catch(() => undefined)
      throw error
    }
  }

  /** Counts a change of an account. */
  changeAccount(userId: string): Promise<void> {
    return this.#limits.take(changesOfAccount, userId)
  }

  /** Counts an export of one's own data. */
  export(userId: string): Promise<void> {
    return this.#limits.take(exportsOfUser, userId)
  }

  /** Counts a search. */
  search(userId: string): Promise<void> {
    return this.#limits.take(searchesOfUser, userId)
  }

  /** Counts a name that is looked up. */
  lookUp(userId: string): Promise<void> {
    return this.#limits.take(lookUpsOfUser, userId)
  }

  /** Counts a message. */
  send(userId: string): Promise<void> {
    return this.#limits.take(this.#messages, userId)
  }

  /** Counts a join. */
  join(userId: string): Promise<void> {
    return this.#limits.take(joinsOfUser, userId)
  }

  /** Counts a new server. */
  createServer(userId: string): Promise<void> {
    return this.#limits.take(serversOfUser, userId)
  }

  /** Counts a new channel. */
  createChannel(userId: string): Promise<void> {
    return this.#limits.take(channelsOfUser, userId)
  }

  /** Counts a direct that is opened. */
  openDirect(userId: string): Promise<void> {
    return this.#limits.take(directsOfUser, userId)
  }

  /** Counts a mark of what was read. */
  markRead(userId: string): Promise<void> {
    return this.#limits.take(readMarksOfUser, userId)
  }

  /** Counts a new role. */
  createRole(userId: string): Promise<void> {
    return this.#limits.take(rolesOfUser, userId)
  }

  /** Counts an invite that is made, read or used. */
  invite(userId: string): Promise<void> {
    return this.#limits.take(invitesOfUser, userId)
  }

  /** Counts a read of history. */
  readHistory(userId: string): Promise<void> {
    return this.#limits.take(readsOfUser, userId)
  }
}

function isWrongPassword(error: unknown): boolean {
  const { code, reason } = RecadoError.from(error)
  return code === 'unauthenticated' && reason !== WRONG_SERVICE_TOKEN
}

/** Names that core may take for the same count together. */
function toSimilarName(username: string): string {
  return username.normalize('NFKC').toLowerCase().trim()
}
