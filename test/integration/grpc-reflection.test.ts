import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ServerReflectionClient,
  type ServerReflectionResponse,
} from '../../gen/grpc/reflection/v1/reflection.js'
import { GrpcServer } from '../../lib/grpc/server.js'

let server: GrpcServer
let client: ServerReflectionClient

beforeAll(async () => {
  server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'RECADO_CORE_PORT',
    tls: undefined,
    serviceToken: undefined,
    services: [],
  })
  await server.start()
  client = new ServerReflectionClient(`127.0.0.1:${server.port}`, credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.stop()
})

/** The files that a stock client gets for a name, by their own. */
function filesOf(fileContainingSymbol: string): Promise<Map<string, FileDescriptorProto>> {
  const stream = client.serverReflectionInfo()
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('data', ({ messageResponse }: ServerReflectionResponse) => {
      if (messageResponse?.$case !== 'fileDescriptorResponse')
        return reject(new Error(JSON.stringify(messageResponse)))
      const files = messageResponse.value.fileDescriptorProto.map((bytes) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      )
      resolve(new Map(files.map((file) => [file.name, file])))
      stream.end()
    })
    stream.write({ host: '', messageRequest: { $case: 'fileContainingSymbol', value: fileContainingSymbol } })
  })
}

it('shows the comments of the contract', async () => {
  const files = await filesOf('recado.v1.HistoryService.ListMessages')
  const comments = files
    .get('recado/v1/history_service.proto')
    ?.sourceCodeInfo?.location.map((location) => location.leadingComments)

  expect(comments).toContainEqual(expect.stringContaining('Reads a page of messages, oldest first'))
})

it.each(['google.rpc.ErrorInfo', 'google.rpc.BadRequest', 'google.rpc.RetryInfo', 'google.rpc.Status'])(
  'knows the details of errors: %s',
  async (name) => {
    expect((await filesOf(name)).size).toBeGreaterThan(0)
  },
)

it('sends the files that a file needs with it, once each', async () => {
  const files = await filesOf('recado.v1.Message')

  expect([...files.keys()].sort()).toEqual(['google/protobuf/timestamp.proto', 'recado/v1/types.proto'])
})
