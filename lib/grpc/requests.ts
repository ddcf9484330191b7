import { fromBinary, type DescMessage, type FileRegistry, type Message } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { Violation } from '@bufbuild/protovalidate'
import {
  ServerInterceptingCall,
  ServerListenerBuilder,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { RecadoError } from '../errors.js'
import { assertNoFaults, type Faults } from '../faults.js'
import { rulesValidator } from './rules.js'
import { toGrpcStatus } from './status.js'

/** What no rule of the contract can say of a request, by the full name of its message. */
export type Checks = Record<string, (request: never) => Faults>

type Method = { decode: (bytes: Buffer) => unknown; rules: DescMessage | undefined }

/**
 * Reads the requests of every call, in place of the decoders that gRPC would run: those answer INTERNAL to whatever they cannot
 * read, and take text that is not UTF-8. Here both are `invalid_argument`, and what a unary call asks is held against the rules in
 * the contract and the given checks, all fields at once. The messages of streams are only decoded: they are batches, whose items are judged one by one.
 */
export class Requests {
  readonly #registry: FileRegistry
  readonly #checks: Checks
  readonly #validator = rulesValidator()
  readonly #methods = new Map<string, Method>()

  constructor(registry: FileRegistry, checks: Checks) {
    this.#registry = registry
    this.#checks = checks
  }

  /** The definition to serve, whose requests come undecoded to {@link interceptor}. */
  define<S extends ServiceDefinition<UntypedServiceImplementation>>(service: S): S {
    const methods = Object.entries(service).map(([name, method]) => {
      const rules = method.requestStream ? undefined : this.#findRules(method.path)
      this.#methods.set(method.path, { decode: method.requestDeserialize, rules })
      return [name, { ...method, requestDeserialize: (bytes: Buffer) => bytes }]
    })
    return Object.fromEntries(methods) as S
  }

  /** Decodes what arrives, when the handler asks for it; a request that cannot be read ends its call. */
  readonly interceptor: ServerInterceptor = ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder().withOnReceiveMessage((bytes, pass) => {
          try {
            pass(this.read(path, bytes as Buffer))
          } catch (error) {
            call.sendStatus(toGrpcStatus(error))
          }
        })
        next(listener.build())
      },
    })

  /**
   * Reads one request of a method.
   * @throws `invalid_argument`
   */
  read(path: string, bytes: Buffer): unknown {
    const method = this.#methods.get(path)
    if (!method) return bytes
    const faults = method.rules ? this.#hold(method.rules, bytes) : {}
    const request = decoded(() => method.decode(new StrictReader(bytes) as unknown as Buffer), faults)
    const check = method.rules && this.#checks[method.rules.typeName]
    assertNoFaults({ ...check?.(request as never), ...faults })
    return request
  }

  #findRules(path: string): DescMessage | undefined {
    const [, service = '', name] = path.split('/')
    return this.#registry.getService(service)?.methods.find((method) => method.name === name)?.input
  }

  #hold(rules: DescMessage, bytes: Buffer): Faults {
    const message: Message = decoded(() => fromBinary(rules, bytes))
    const { kind, violations, error } = this.#validator.validate(rules, message)
    if (kind === 'error') throw error
    return Object.fromEntries(violations?.map((violation) => [toName(violation), toFault(violation)]) ?? [])
  }
}

/** Generated decoders use the reader that they are given. This one refuses text that is not UTF-8, as proto3 wants. */
class StrictReader extends BinaryReader {
  override string(): string {
    return super.string(true)
  }
}

/** A number that JavaScript cannot hold breaks a rule too, and then that is what is said. */
function decoded<T>(decode: () => T, faults: Faults = {}): T {
  try {
    return decode()
  } catch (cause) {
    assertNoFaults(faults)
    throw new RecadoError('invalid_argument', 'The request cannot be read. Check how it was encoded.', {
      cause,
    })
  }
}

function toName({ field }: Violation): string {
  return pathToString(field)
}

/** The contract forbids no other substring than U+0000. */
function toFault({ ruleId, message }: Violation): string {
  return ruleId === 'string.not_contains' ? 'must not hold U+0000' : message
}
