import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RecadoError } from './errors.js'

/** A folder held for this process alone. */
export type FolderLock = {
  /** Lets others have it. Calling again changes nothing. */
  release(): Promise<void>
}

/** What a lock says of itself: a claim becomes a hold when nobody else is found. Who goes just then says nothing. */
type State = 'claimed' | 'held' | 'leaving'

const socketName = /^lock-(\d+)-[0-9a-f]{16}$/

/** Who does not answer so fast is alive but busy: its socket would have refused otherwise. */
const ANSWER_TIMEOUT_MS = 1_000

/** Nobody listens on the socket any more. Other errors, such as a missing permission, are taken for a holder. */
const deadCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])

/** Between two looks at a claim that has to give way to ours. */
const RECHECK_MS = 20

/**
 * Holds a folder, made if it is not there, for this process until it is released or the process ends, however it ends: the hold is
 * a Unix socket in the folder, which the system closes with its process. Of those who try at once one gets it.
 * @throws RecadoError `failed_precondition` with the holder's process id when another one, or this process, holds it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const claim = await Claim.make(resolve(folder))
  try {
    await claim.hold()
    return claim
  } catch (error) {
    await claim.release()
    throw error
  }
}

/**
 * A socket in the folder that answers with its state. Its name becomes one that others look for only when it listens, so a socket
 * of that name that refuses is dead for good and may be removed. Whoever claims looks round afterwards: of two at once, at least
 * the later one sees the other.
 */
class Claim implements FolderLock {
  readonly #folder: string
  readonly #name = `lock-${process.pid}-${randomBytes(8).toString('hex')}`
  readonly #server: Server
  #state: State = 'claimed'

  private constructor(folder: string) {
    this.#folder = folder
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined) // the asker has gone; its asking was all that mattered
      socket.end(this.#state)
    })
    this.#server.unref()
  }

  static async make(folder: string): Promise<Claim> {
    const claim = new Claim(folder)
    const unseen = `new-${claim.#name}`
    await withShortPath(folder, (path) => listen(claim.#server, join(path, unseen)))
    await rename(join(folder, unseen), join(folder, claim.#name))
    return claim
  }

  /** Turns the claim into a hold, or rejects: before a holder, and before a claim whose name sorts first. */
  async hold(): Promise<void> {
    for (;;) {
      const others = await this.#others()
      const first = others.find(
        ({ name, state }) => state === 'held' || (state === 'claimed' && name < this.#name),
      )
      if (first) throw heldBy(this.#folder, first.name)
      if (others.length === 0) break
      await delay(RECHECK_MS)
    }
    this.#state = 'held'
  }

  async release(): Promise<void> {
    await rm(join(this.#folder, this.#name), { force: true })
    if (this.#server.listening) await new Promise((done) => this.#server.close(done))
  }

  async #others(): Promise<{ name: string; state: State }[]> {
    const names = (await readdir(this.#folder)).filter((name) => socketName.test(name) && name !== this.#name)
    const others: { name: string; state: State }[] = []
    for (const name of names) {
      const state = await withShortPath(this.#folder, (path) => ask(join(path, name)))
      if (state) others.push({ name, state })
      else await rm(join(this.#folder, name), { force: true })
    }
    return others
  }
}

function heldBy(folder: string, name: string): RecadoError {
  const pid = socketName.exec(name)?.[1]
  return new RecadoError(
    'failed_precondition',
    `The folder ${folder} is in use by process ${pid}. Stop it first, or use another folder.`,
  )
}

/** Reaches `folder` by a short path: a Unix socket's may have no more than about 100 bytes. */
async function withShortPath<T>(folder: string, use: (path: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'lock-'))
  try {
    const link = join(dir, 'f')
    await symlink(folder, link)
    return await use(link)
  } finally {
    await rm(dir, { recursive: true })
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, reject) => {
    server.once('error', reject)
    server.listen(path, done)
  })
}

/** The state that a socket answers with; undefined when its process is dead. */
function ask(path: string): Promise<State | undefined> {
  return new Promise((done) => {
    let answer = ''
    const socket = connect(path)
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      done('held')
      socket.destroy()
    })
    socket.on('data', (bytes) => (answer += bytes.toString()))
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (deadCodes.has(code)) done(undefined)
      else if (code !== 'ECONNRESET') done('held')
    })
    socket.on('close', () => done(answer === 'held' || answer === 'claimed' ? answer : 'leaving'))
  })
}
