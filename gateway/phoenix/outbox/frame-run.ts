/** A piece of a long run has at most so many bytes, unless one frame alone has more. */
export const PIECE_BYTES = 64 * 1024

/**
 * The frames that go to a connection in one tick, in order, as a node of a tree: a run is its predecessor plus one frame.
 * Connections that get the same frames walk the same path, so adding a frame is one comparison, and the joined buffers are
 * made once for all of them.
 */
export class FrameRun {
  /** Of all frames together. */
  readonly bytes: number
  readonly #previous: FrameRun | undefined
  readonly #frame: Buffer
  #latestNext: FrameRun | undefined
  #pieces: readonly Buffer[] | undefined

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

  /** All frames in as few buffers as their bound allows, none of them cut; a frame that stands alone is not copied. */
  pieces(): readonly Buffer[] {
    this.#pieces ??= joinFrames(this.#frames())
    return this.#pieces
  }

  #frames(): Buffer[] {
    const frames = [this.#frame]
    for (let run = this.#previous; run !== undefined && run.bytes > 0; run = run.#previous)
      frames.push(run.#frame)
    return frames.reverse()
  }
}

function joinFrames(frames: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = []
  let group: Buffer[] = []
  let bytes = 0
  const close = (): void => {
    if (group.length > 0) pieces.push(group.length === 1 ? group[0]! : Buffer.concat(group, bytes))
    group = []
    bytes = 0
  }
  for (const frame of frames) {
    if (bytes + frame.length > PIECE_BYTES) close()
    group.push(frame)
    bytes += frame.length
  }
  close()
  return pieces
}
