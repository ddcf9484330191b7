import { toBinary, type DescFile, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { status, type Server, type ServerDuplexStream } from '@grpc/grpc-js'
import * as v1 from '../../gen/grpc/reflection/v1/reflection.js'
import * as v1alpha from '../../gen/grpc/reflection/v1alpha/reflection.js'
import { RecadoError } from '../errors.js'
import { toGrpcStatus } from './status.js'

type Request = v1.ServerReflectionRequest
type ReflectionStream = ServerDuplexStream<Request, v1.ServerReflectionResponse>
type Answer = NonNullable<v1.ServerReflectionResponse['messageResponse']>

/** A name longer than this is nobody's, in characters. */
const MAX_NAME = 1_024

/** How long a stream of questions may stay open, in milliseconds: anybody may ask, and there is room for a few only. */
const MAX_STREAM_MS = 60_000

/** Adds server reflection (v1, and v1alpha for older tools), so that stock clients can list and call `services`. */
export function addReflection(server: Server, registry: FileRegistry, services: readonly string[]): void {
  const serve = (stream: ReflectionStream) => answerReflection(stream, registry, services)
  server.addService(v1.ServerReflectionService, { serverReflectionInfo: serve })
  // Both versions have the same messages under another package.
  server.addService(v1alpha.ServerReflectionService, { serverReflectionInfo: serve as never })
}

/** Answers one stream, a question at a time: the next one is read when the answer has left. */
export function answerReflection(
  stream: ReflectionStream,
  registry: FileRegistry,
  services: readonly string[],
): void {
  const expiry = setTimeout(() => stream.emit('error', expired()), MAX_STREAM_MS).unref()
  for (const over of ['close', 'cancelled', 'error']) stream.on(over, () => clearTimeout(expiry))
  stream.on('data', (request: Request) => {
    stream.pause()
    const messageResponse = toAnswer(registry, services, request)
    const answer = { validHost: request.host, originalRequest: request, messageResponse }
    stream.write(answer, () => stream.resume())
  })
  stream.on('end', () => stream.end())
}

function expired() {
  return toGrpcStatus(new RecadoError('deadline_exceeded', 'Reflection is answered for a minute. Ask again.'))
}

function toAnswer(registry: FileRegistry, services: readonly string[], request: Request): Answer {
  const { host, messageRequest } = request
  if (Math.max(host.length, String(messageRequest?.value).length) > MAX_NAME) {
    // What was asked goes back with the answer.
    Object.assign(request, { host: '', messageRequest: undefined })
    return toFault(status.INVALID_ARGUMENT, `A name has at most ${MAX_NAME} characters.`)
  }
  switch (messageRequest?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } }
    case 'fileContainingSymbol':
      return toFiles(findFile(registry, messageRequest.value), messageRequest.value)
    case 'fileByFilename':
      return toFiles(registry.getFile(messageRequest.value), messageRequest.value)
    default:
      return toFault(status.UNIMPLEMENTED, 'Not supported.')
  }
}

function toFiles(file: DescFile | undefined, asked: string): Answer {
  if (!file) return toFault(status.NOT_FOUND, `${asked} is not known.`)
  const fileDescriptorProto = withDependencies(file).map((each) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, each.proto)),
  )
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function toFault(errorCode: status, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } }
}

/** A symbol's file; a method or field is found by the type that holds it. */
function findFile(registry: FileRegistry, symbol: string): DescFile | undefined {
  for (let name = symbol; name; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const found = registry.get(name)
    if (found && 'file' in found) return found.file
  }
  return undefined
}

function withDependencies(file: DescFile, seen = new Map<string, DescFile>()): DescFile[] {
  if (!seen.has(file.name)) {
    seen.set(file.name, file)
    for (const dependency of file.dependencies) withDependencies(dependency, seen)
  }
  return [...seen.values()]
}
