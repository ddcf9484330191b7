// The thread that PGlite runs in: each message is bytes of PostgreSQL's wire protocol, each answer what PGlite says to them.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

const database = await PGlite.create(workerData.dataDir)

parentPort.on('message', async (request) => {
  if (request === 'close') {
    await database.close()
    return parentPort.close()
  }
  // A copy, for PGlite may answer with a view of a buffer that it goes on using.
  const reply = new Uint8Array(await database.execProtocolRaw(request))
  parentPort.postMessage(reply, [reply.buffer])
})

parentPort.postMessage('ready')
