/** The longest id that anybody can name, in UTF-16 units; ours are shorter. */
export const MAX_ID_LENGTH = 128

/** The longest text of a message, in code points. */
export const MAX_CONTENT_CHARACTERS = 4_000

/** The longest nonce, in code points. */
export const MAX_NONCE_CHARACTERS = 64

/** The largest body that the queue takes, in bytes. What can be in one has a tenth of it; unknown fields may take the rest. */
export const MAX_PAYLOAD_BYTES = 256 * 1024

/** The largest `data` of a message, in bytes of its JSON. */
export const MAX_DATA_BYTES = 8 * 1024
