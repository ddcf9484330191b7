/**
 * The frames that go to a connection in one tick, in order, as a node of a tree: a run is its predecessor plus one frame.
 * Connections that get the same frames walk the same path, so adding a frame is one comparison, and the joined buffer is
 * made once for all of them.
 */
export class FrameRun {
  /** Of all frames together. */
  readonly bytes: number
  readonly #previous: FrameRun | undefined
  readonly #frame: Buffer
  #latestNext: FrameRun | undefined
  #joined: Buffer | undefined

  private constructor(previous: FrameRun | undefined, frame: Buffer) {
    this.#previous = previous
    this.#frame = frame
    this.bytes = previous === undefined ? 0 : previous.bytes + frame.length
  }

  /** The run without frames, to start from. */
  static empty(): FrameRun {
    return new FrameRun(undefined, Buffer.alloc(0))
  }

  /** The run that has this frame behind its others. */
  with(frame: Buffer): FrameRun {
    let next = this.#latestNext
    if (next === undefined || next.#frame !== frame) next = this.#latestNext = new FrameRun(this, frame)
    return next
  }

  /** All frames in one buffer: the frame itself when there is one, else a copy made once. */
  joined(): Buffer {
    this.#joined ??= this.#previous?.bytes === 0 ? this.#frame : this.#join()
    return this.#joined
  }

  #join(): Buffer {
    const all = Buffer.allocUnsafe(this.bytes)
    all.set(this.#frame, this.bytes - this.#frame.length)
    for (let run = this.#previous; run !== undefined; run = run.#previous) {
      all.set(run.#frame, run.bytes - run.#frame.length)
    }
    return all
  }
}
