import { limits } from '../gen/limits.js'

const { channel_id: id, message, nonce, data } = limits['recado.v1.QueuedCommand']

/** The longest id that anybody can name, in code points; ours are shorter. */
export const MAX_ID_CHARACTERS = id.maxLength

/** The longest text of a message, in code points. */
export const MAX_CONTENT_CHARACTERS = message.maxLength

/** The longest emoji of a reaction, in code points. */
export const MAX_EMOJI_CHARACTERS = limits['recado.v1.ReactCommand'].emoji.maxLength

/** The longest nonce, in code points. */
export const MAX_NONCE_CHARACTERS = nonce.maxLength

/** The largest body that the queue takes, in bytes. What can be in one has a tenth of it; unknown fields may take the rest. */
export const MAX_PAYLOAD_BYTES = 256 * 1024

/** The largest `data` of a message, in bytes of its JSON. */
export const MAX_DATA_BYTES = data.maxBytes

/** How often the text of one message changes: each edit, and each second in which something is appended. */
export const MAX_UPDATES = 1_000

/** How many emoji there are on one message, and how many users with each. */
export const MAX_EMOJI = 50
export const MAX_REACTING_USERS = 1_000

/** How many users one text mentions; more are text alone. */
export const MAX_MENTIONS = 50
