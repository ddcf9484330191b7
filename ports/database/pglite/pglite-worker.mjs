// The thread that PGlite runs in. It has one session, which several connections share: each message is one connection's bytes of
// PostgreSQL's wire protocol, a whole query or more, and each answer what PGlite says to them. While a connection is in a
// transaction, the session is its alone and the others wait.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** The status at the end of an answer (ReadyForQuery) that means: in no transaction. */
const IDLE = 'I'.charCodeAt(0)
const ROLLBACK = toQuery('rollback')

const database = await PGlite.create(workerData.dataDir)
const waiting = []
let owner
let isRunning = false

parentPort.on('message', (request) => {
  waiting.push(request)
  if (!isRunning) void run()
})
parentPort.postMessage('ready')

async function run() {
  isRunning = true
  for (let request = next(); request; request = next()) await serve(request)
  isRunning = false
}

function next() {
  const index = owner === undefined ? 0 : waiting.findIndex(({ connection }) => connection === owner)
  return index < 0 ? undefined : waiting.splice(index, 1)[0]
}

async function serve({ kind, connection, bytes }) {
  if (kind === 'close') {
    await database.close()
    parentPort.close()
  } else if (kind === 'gone') {
    if (owner === connection) await database.execProtocolRaw(ROLLBACK)
    if (owner === connection) owner = undefined
  } else {
    // A copy, for PGlite may answer with a view of a buffer that it goes on using.
    const reply = new Uint8Array(await database.execProtocolRaw(bytes))
    owner = reply.at(-1) === IDLE ? undefined : connection
    parentPort.postMessage({ connection, reply }, [reply.buffer])
  }
}

function toQuery(text) {
  const bytes = Buffer.from(`Q\0\0\0\0${text}\0`)
  bytes.writeInt32BE(bytes.length - 1, 1)
  return bytes
}
