import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'
import type { CoreClients } from '../core-clients.js'

/** What applies a lost right to those who are connected. */
export type ApplyRevocation = (lost: NonNullable<Revocation['lost']>) => void

/** How often the log is read, in milliseconds: what is lost is gone within a second. */
const EVERY_MS = 500
/** Entries that are kept, so that a permission which is older than them can be checked. */
const MAX_KEPT = 10_000

/**
 * Reads the log of lost rights. A permission carries its position in the log: {@link Revocations.since} tells what came after it
 * and was read before the permission was put to use.
 */
export class Revocations {
  readonly #core: CoreClients['core']
  readonly #apply: ApplyRevocation
  readonly #log: Log
  #kept: Revocation[] = []
  #position: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(core: CoreClients['core'], apply: ApplyRevocation, log: Log) {
    this.#core = core
    this.#apply = apply
    this.#log = log
  }

  /** Learns the present position, then reads on. Rejects with `unavailable` while core is away. */
  async start(): Promise<void> {
    const { position } = await this.#core.call((client) => client.listRevocations, { after: undefined })
    this.#position = position
    this.#schedule()
  }

  /** What was lost after a position, as far as it has been read. */
  since(position: number): NonNullable<Revocation['lost']>[] {
    return this.#kept.flatMap((entry) => (entry.position > position && entry.lost ? [entry.lost] : []))
  }

  /** Ends. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#read(), EVERY_MS)
  }

  async #read(): Promise<void> {
    try {
      const { revocations, position } = await this.#core.call((client) => client.listRevocations, {
        after: this.#position,
      })
      this.#position = position
      this.#kept = [...this.#kept, ...revocations].slice(-MAX_KEPT)
      for (const { lost } of revocations) if (lost) this.#apply(lost)
    } catch (error) {
      this.#log.debug({ err: error }, 'the log of lost rights could not be read')
    }
    this.#schedule()
  }
}
