import { readFileSync } from 'node:fs'
import { createFileRegistry, fromBinary, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

const descriptors = new URL('../../gen/descriptors.binpb', import.meta.url)

/** Reads the descriptors of everything that is served: the contract with its rules and comments, and the standard services. */
export function readDescriptors(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)))
}
