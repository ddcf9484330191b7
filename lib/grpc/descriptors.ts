import { readFileSync } from 'node:fs'
import { createFileRegistry, fromBinary, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

const descriptors = new URL('../../gen/descriptors.binpb', import.meta.url)

let registry: FileRegistry | undefined

/**
 * The descriptors of everything that is served: the contract with its rules and comments, and the standard services. Read once for all
 * servers of a process.
 */
export function readDescriptors(): FileRegistry {
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)))
  return registry
}
