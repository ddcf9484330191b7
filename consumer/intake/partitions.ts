/** Works one partition until the signal aborts and what is in hand is finished. */
export type WorkPartition = (number: number, signal: AbortSignal) => Promise<void>

type Worker = { stopping: AbortController; ended: Promise<void> }

/** The partitions that this consumer works now. They are started and stopped one by one, while the others run on. */
export class Partitions {
  readonly #work: WorkPartition
  readonly #workers = new Map<number, Worker>()

  constructor(work: WorkPartition) {
    this.#work = work
  }

  /** Which are worked, those that are being given up among them. */
  get numbers(): number[] {
    return [...this.#workers.keys()]
  }

  /** Takes the partitions of the list that are not worked yet, and gives the others up. Resolves once those are given up. */
  async change(numbers: readonly number[]): Promise<void> {
    const wanted = new Set(numbers)
    const leaving = [...this.#workers].filter(([number]) => !wanted.has(number))
    for (const [, { stopping }] of leaving) stopping.abort()
    for (const number of wanted) this.#start(number)
    await Promise.all(leaving.map(([, { ended }]) => ended))
  }

  #start(number: number): void {
    const current = this.#workers.get(number)
    if (current && !current.stopping.signal.aborted) return
    const stopping = new AbortController()
    // One that is wanted again while it is given up waits its turn behind itself.
    const ended = this.#run(number, stopping.signal, current?.ended)
    const worker = { stopping, ended }
    this.#workers.set(number, worker)
    void ended.then(() => {
      if (this.#workers.get(number) === worker) this.#workers.delete(number)
    })
  }

  async #run(number: number, signal: AbortSignal, after: Promise<void> | undefined): Promise<void> {
    await after
    if (!signal.aborted) await this.#work(number, signal)
  }
}
