/** FIN set, opcode 1: a whole text message in one frame. */
const FINAL_TEXT = 0x81

/**
 * Encodes a complete text frame as a server sends it: final, unmasked, uncompressed. Server frames carry no mask, so one
 * buffer can go to any number of sockets, and several may be joined into one write.
 */
export function encodeTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = FINAL_TEXT
  writeLength(frame, length, headerLength)
  frame.write(text, headerLength)
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
