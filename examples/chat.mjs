import { createInterface } from 'node:readline'
import { Socket } from 'phoenix'
import { WebSocket as transport } from 'ws'

const socket = new Socket('ws://127.0.0.1:4000/socket', { transport, params: { token: process.argv[2] } })
const channel = socket.channel(`channel:${process.argv[3]}`)
channel.on('message:new', ({ sender_id, content }) => console.log(`${sender_id}: ${content}`))
channel.join().receive('error', console.error)
socket.connect()
for await (const content of createInterface({ input: process.stdin }))
  channel.push('message:send', { content }).receive('error', console.error)
