/** FIN set, opcode 1 or 2: a whole message in one frame. */
const FINAL_TEXT = 0x81
const FINAL_BINARY = 0x82

/**
 * Encodes a complete text frame as a server sends it: final, unmasked, uncompressed. Server frames carry no mask, so one
 * buffer can go to any number of sockets, and several may be joined into one write.
 */
export function encodeTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = startFrame(FINAL_TEXT, length)
  frame.write(text, frame.length - length)
  return frame
}

/** As {@link encodeTextFrame}, a binary frame whose payload is these pieces. */
export function encodeBinaryFrame(pieces: readonly Uint8Array[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const frame = startFrame(FINAL_BINARY, length)
  let at = frame.length - length
  for (const piece of pieces) {
    frame.set(piece, at)
    at += piece.length
  }
  return frame
}

/** A frame with its header written, its payload still to be. */
function startFrame(firstByte: number, length: number): Buffer {
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = firstByte
  writeLength(frame, length, headerLength)
  return frame
}

function writeLength(frame: Buffer, length: number, headerLength: number): void {
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
}
