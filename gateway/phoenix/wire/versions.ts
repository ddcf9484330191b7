import type { Serializer } from './serializer.js'
import { serializerV2 } from './serializer-v2.js'

/**
 * Picks the serializer for the `vsn` a client asks for; undefined refuses the connection (403). `2.0.x` is version 2.
 * Version 1 is not spoken yet: `1.0.x` is refused, and so is an absent `vsn`, which means version 1.
 */
export function serializerFor(vsn: string | undefined): Serializer | undefined {
  return vsn !== undefined && /^2\.0\.(0|[1-9]\d*)$/.test(vsn) ? serializerV2 : undefined
}
