import { readFileSync } from 'node:fs'
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HistoryServiceService, type HistoryServiceServer } from '../../gen/recado/v1/history_service.js'
import { isRepeatable } from '../../lib/grpc/client.js'
import { readDescriptors } from '../../lib/grpc/descriptors.js'
import { RecadoError } from '../../lib/errors.js'
import { GrpcServer } from '../../lib/grpc/server.js'
import { toGrpcStatus } from '../../lib/grpc/status.js'

const text = readFileSync(new URL('../../proto/service_config.json', import.meta.url), 'utf8')
const config = JSON.parse(text) as { methodConfig: { name: { service: string; method: string }[] }[] }
const raw = (bytes: Buffer) => bytes

let server: GrpcServer
let asked = 0

beforeAll(async () => {
  server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'RECADO_CORE_PORT',
    tls: undefined,
    serviceToken: undefined,
    services: [],
  })
  const history = {
    listMessages: (_call, answer) =>
      ++asked < 3
        ? answer(toGrpcStatus(new RecadoError('unavailable', 'The database is away.')))
        : answer(null, { messages: [] } as never),
  } as Pick<HistoryServiceServer, 'listMessages'> as HistoryServiceServer
  server.addService(HistoryServiceService, history)
  await server.start()
})
afterAll(() => server.stop())

it('names every public method that changes nothing, and no other', () => {
  const registry = readDescriptors()
  const services = [...registry].filter(
    ({ kind, typeName }) => kind === 'service' && /^recado\.v1\./.test(typeName),
  )
  const safe = services
    .flatMap((service) => (service.kind === 'service' ? service.methods : []))
    .filter(({ methodKind }) => methodKind === 'unary')
    .map(({ parent, name }) => `/${parent.typeName}/${name}`)
    .filter(isRepeatable)
  const named = config.methodConfig.flatMap(({ name }) =>
    name.map(({ service, method }) => `/${service}/${method}`),
  )
  expect(named.length).toBeGreaterThan(5)
  expect([...named].sort()).toEqual(safe.sort())
})

it('makes a stock client repeat what was unavailable', async () => {
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.service_config': text,
  })
  const code = await new Promise<status>((resolve) =>
    client.makeUnaryRequest(
      '/recado.v1.HistoryService/ListMessages',
      raw,
      raw,
      Buffer.from([0x0a, 1, 99]),
      (error: ServiceError | null) => resolve(error?.code ?? status.OK),
    ),
  )
  client.close()
  expect([code, asked]).toEqual([status.OK, 3])
})
