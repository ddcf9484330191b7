import { toBinary, type DescFile, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { status, type Server, type ServerDuplexStream } from '@grpc/grpc-js'
import * as v1 from '../../gen/grpc/reflection/v1/reflection.js'
import * as v1alpha from '../../gen/grpc/reflection/v1alpha/reflection.js'

type Request = v1.ServerReflectionRequest
type Answer = NonNullable<v1.ServerReflectionResponse['messageResponse']>

/** Adds server reflection (v1, and v1alpha for older tools), so that stock clients can list and call `services`. */
export function addReflection(server: Server, registry: FileRegistry, services: readonly string[]): void {
  const serve = (stream: ServerDuplexStream<Request, v1.ServerReflectionResponse>) => {
    stream.on('data', (request: Request) => {
      stream.write({
        validHost: request.host,
        originalRequest: request,
        messageResponse: toAnswer(registry, services, request),
      })
    })
    stream.on('error', () => stream.destroy())
    stream.on('end', () => stream.end())
  }
  server.addService(v1.ServerReflectionService, { serverReflectionInfo: serve })
  // Both versions have the same messages under another package.
  server.addService(v1alpha.ServerReflectionService, { serverReflectionInfo: serve as never })
}

function toAnswer(registry: FileRegistry, services: readonly string[], { messageRequest }: Request): Answer {
  switch (messageRequest?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } }
    case 'fileContainingSymbol':
      return toFiles(findFile(registry, messageRequest.value), messageRequest.value)
    case 'fileByFilename':
      return toFiles(registry.getFile(messageRequest.value), messageRequest.value)
    default:
      return {
        $case: 'errorResponse',
        value: { errorCode: status.UNIMPLEMENTED, errorMessage: 'Not supported.' },
      }
  }
}

function toFiles(file: DescFile | undefined, asked: string): Answer {
  if (!file)
    return {
      $case: 'errorResponse',
      value: { errorCode: status.NOT_FOUND, errorMessage: `${asked} is not known.` },
    }
  const fileDescriptorProto = withDependencies(file).map((each) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, each.proto)),
  )
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
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
