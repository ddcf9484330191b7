// `npm run gen`: makes gen/ from proto/ and from the descriptors of the standard gRPC services.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const buf = join('node_modules', '.bin', 'buf')
const run = (...args) => execFileSync(buf, args, { stdio: 'inherit' })

run('generate')

// A descriptor set is a list, and lists of serialized messages join by concatenation.
const work = mkdtempSync(join(tmpdir(), 'recado-gen-'))
const inputs = [
  'proto',
  'node_modules/grpc-health-check/proto',
  'node_modules/@grpc/reflection/build/proto/grpc/reflection',
]
const parts = inputs.map((input, index) => {
  const out = join(work, `${index}.binpb`)
  run('build', input, '-o', out, '--exclude-source-info')
  return readFileSync(out)
})
writeFileSync(join('gen', 'descriptors.binpb'), Buffer.concat(parts))
rmSync(work, { recursive: true })
