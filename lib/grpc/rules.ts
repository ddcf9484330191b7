import { create } from '@bufbuild/protobuf'
import { createValidator, type Validator } from '@bufbuild/protovalidate'
import { readDescriptors } from './descriptors.js'

let shared: Validator | undefined

/** Holds messages against the rules in the contract. It compiles a message's rules when it meets the first; one for all servers of a process. */
export function rulesValidator(): Validator {
  shared ??= createValidator()
  return shared
}

/**
 * Compiles the rules of every unary request of these services, for which its first call would wait: a quarter of a second together.
 * Gives way between them, so it can be done while something else is waited for.
 */
export async function compileRules(services: readonly string[], validator = rulesValidator()): Promise<void> {
  const methods = services.flatMap((name) => readDescriptors().getService(name)?.methods ?? [])
  for (const { input, methodKind } of methods) {
    if (methodKind !== 'unary') continue
    validator.validate(input, create(input))
    await new Promise(setImmediate)
  }
}
