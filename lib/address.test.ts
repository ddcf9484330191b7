import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { cannotListen, isAddress, toAddress, toNetwork } from './address.js'

test.each([
  ['127.0.0.1', 4001, '127.0.0.1:4001'],
  ['core-1', 4001, 'core-1:4001'],
  ['::1', 4001, '[::1]:4001'],
  ['::', 0, '[::]:0'],
])('the address of %s and %i is %s', (host, port, address) => {
  expect(toAddress(host, port)).toBe(address)
})

test.each(['127.0.0.1:4001', 'core:1', 'core-1.example.org:65535', '[::1]:4001', '[2001:db8::7]:4001'])(
  '%s is an address',
  (text) => expect(isAddress(text)).toBe(true),
)

test.each([
  'core',
  ':4001',
  'core:',
  'core:0',
  'core:65536',
  '::1:4001',
  '[::1]',
  '[core]:4001',
  'http://core:4001',
  'core:4001/x',
  'a b:1',
])('%s is no address', (text) => expect(isAddress(text)).toBe(false))

test('a port that is taken is told with its setting', async () => {
  const first = createServer().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as { port: number }
  const second = createServer().listen(port, '127.0.0.1')
  const [cause] = (await once(second, 'error')) as [Error]
  first.close()
  expect(cannotListen({ host: '127.0.0.1', port, portSetting: 'RECADO_HTTP_PORT' }, cause)).toMatchObject({
    code: 'unavailable',
    message: `Port ${port} of 127.0.0.1 is taken. Stop the program that has it, or set RECADO_HTTP_PORT to another.`,
  })
})

test.each([
  ['EACCES', 'This user may not listen on port 80: set RECADO_CORE_PORT to one above 1023.'],
  [
    'EADDRNOTAVAIL',
    '::5 is no address of this machine: set RECADO_HOST to one, as 127.0.0.1, ::1 or 0.0.0.0.',
  ],
  ['EOTHER', 'Nothing can listen on [::5]:80 (RECADO_HOST, RECADO_CORE_PORT).'],
])('%s is told in words, also where gRPC has put it into its message', (code, message) => {
  const listening = { host: '::5', port: 80, portSetting: 'RECADO_CORE_PORT' }
  const cause = new Error(`No address added out of total 1 resolved errors: [listen ${code} ::5:80]`)
  expect(cannotListen(listening, cause).message).toBe(message)
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8::1', '2001:0DB8:0:0:1::1', true],
  ['fe80::1%eth0', 'fe80::2', true],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:c000:201', '192.0.2.1', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8:1:2::1', '2001:db8:1::2', false],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['192.0.2.1', '192.0.2.2', false],
  ['', 'no address', false],
])('%s and %s count together: %s', (first, second, together) => {
  expect(toNetwork(first) === toNetwork(second)).toBe(together)
})
