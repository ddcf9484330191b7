// Chat from the terminal: node chat.mjs TOKEN CHANNEL [URL]
// Each line that is typed is sent, again and again if need be, until the server has stored or refused it. Ctrl-D ends it.
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Socket } from 'phoenix'
import { WebSocket as transport } from 'ws'

const [token, channelId, url = 'http://127.0.0.1:4000'] = process.argv.slice(2)
const say = (text) => console.error(`* ${text}`)
const leave = (why) => {
  say(why)
  process.exit(1)
}

/** The last message shown, as {epoch, seq}: where a join goes on. */
let position
/** The line on its way: its nonce, and `settle`, told true when it is stored or refused, false when nobody knows. */
let line = { nonce: '', settle: () => {} }
/** Whether the connection stands, as far as anybody was told. */
let isThere = true
/** People by their id, as the server answers. */
const names = new Map()
/** What is shown, one after the other. */
let turn = Promise.resolve()
const inTurn = (work) => (turn = turn.then(work))

const socket = new Socket(`${url.replace('http', 'ws')}/socket`, {
  transport,
  params: { token },
  heartbeatIntervalMs: 5_000,
})
socket.onError(
  ({ message = '' }) => message.includes('403') && leave('refused: this token is not, or no longer, good'),
)
socket.onClose(() => {
  if (isThere) say('cut off; coming back, and what you type is kept')
  isThere = false
})

const channel = socket.channel(`channel:${channelId}`, () => (position ? { since: position } : {}))
channel.on('message:new', (message) => inTurn(() => show(message)))
channel.on('message:ack', ({ nonce }) => nonce === line.nonce && line.settle(true))
channel.on('message:rejected', ({ nonce, message }) => nonce === line.nonce && refused(message))
channel.onError(() => line.settle(false))
channel.onClose(() => leave('this channel is closed to you'))
channel
  .join()
  .receive('ok', (reply) => inTurn(() => catchUp(reply)))
  .receive('error', ({ message, retryable }) => retryable === false && leave(`refused: ${message}`))
socket.connect()

for await (const content of createInterface({ input: process.stdin })) await send(content)
process.exit(0)

/** Sends a line until it is settled. Its nonce makes that harmless: the server stores it once. */
async function send(content) {
  const nonce = randomUUID()
  while (!(await attempt({ content, nonce }))) await delay(500)
}

function attempt(message) {
  return new Promise((settle) => {
    line = { nonce: message.nonce, settle }
    channel
      .push('message:send', message)
      .receive('error', ({ message: why, retryable }) => (retryable ? settle(false) : refused(why)))
      .receive('timeout', () => settle(false))
  })
}

function refused(why) {
  say(`refused: ${why}`)
  line.settle(true)
}

/** Shows what was said while the connection was away: as the join brought it, else from history. */
async function catchUp({ head, recovered, events }) {
  say(position ? 'back' : 'here')
  isThere = true
  if (position?.epoch !== head.epoch) position = head
  if (recovered) for (const { event, payload } of events) if (event === 'message:new') await show(payload)
  while (position.seq < head.seq) {
    const { messages = [] } = await get(`/history?channel_id=${channelId}&after=${position.seq}&limit=100`)
    for (const message of messages) await show(message)
    if (messages.length === 0) position = head
  }
}

async function show({ sender_id: senderId, content, seq }) {
  if (seq <= position.seq) return
  position = { ...position, seq }
  console.log(`${await nameOf(senderId)}: ${content}`)
}

async function nameOf(userId) {
  names.set(userId, names.get(userId) ?? get(`/users/${userId}`))
  const { user } = await names.get(userId)
  return user?.username ?? userId
}

/** Asks until there is an answer. */
async function get(path) {
  for (;;) {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } }).catch(
      () => undefined,
    )
    if (response && response.status < 500 && response.status !== 429) return response.json()
    await delay(500)
  }
}
