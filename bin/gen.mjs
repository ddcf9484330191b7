// `npm run gen`: makes gen/ from proto/ and from the standard gRPC services: their code, their descriptors, and the limits.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { writeLimits } from './gen-limits.mjs'

const buf = join('node_modules', '.bin', 'buf')
const run = (...args) => execFileSync(buf, args, { stdio: 'inherit' })

run('generate')
for (const file of readdirSync('gen', { recursive: true }))
  if (file.endsWith('.ts')) mendTimes(join('gen', file))

const work = mkdtempSync(join(tmpdir(), 'recado-gen-'))
const set = readDescriptors([
  ['proto'],
  ['node_modules/grpc-health-check/proto'],
  ['node_modules/@grpc/reflection/build/proto/grpc/reflection'],
  [
    'node_modules/google-proto-files',
    ...['status', 'error_details'].flatMap((name) => [
      '--path',
      join('node_modules', 'google-proto-files', 'google', 'rpc', `${name}.proto`),
    ]),
  ],
])
rmSync(work, { recursive: true })
writeFileSync(join('gen', 'descriptors.binpb'), toBinary(FileDescriptorSetSchema, set))
writeFileSync(join('gen', 'limits.ts'), writeLimits(createFileRegistry(set)))

/** Each file once, imports first. Comments are kept in ours, so that reflection shows them. */
function readDescriptors(inputs) {
  const files = inputs.flatMap((args, index) => {
    const out = join(work, `${index}.binpb`)
    run('build', ...args, '-o', out)
    return fromBinary(FileDescriptorSetSchema, readFileSync(out)).file
  })
  const set = fromBinary(FileDescriptorSetSchema, new Uint8Array())
  set.file = [...new Map(files.map((file) => [file.name, file])).values()]
  for (const file of set.file) if (!file.package.startsWith('recado.')) file.sourceCodeInfo = undefined
  return set
}

/**
 * ts-proto 2.18 cuts seconds and nanoseconds towards 1970: before it, a fraction would be written with negative nanoseconds, which
 * stock clients refuse, and be read a millisecond late.
 */
function mendTimes(file) {
  const code = readFileSync(file, 'utf8')
  if (!code.includes('function toTimestamp(')) return
  const mends = [
    ['Math.trunc(date.getTime() / 1_000)', 'Math.floor(date.getTime() / 1_000)'],
    ['(date.getTime() % 1_000) * 1_000_000', '(date.getTime() - seconds * 1_000) * 1_000_000'],
    ['millis += (t.nanos || 0) / 1_000_000', 'millis += Math.floor((t.nanos || 0) / 1_000_000)'],
  ]
  const mended = mends.reduce((text, [wrong, right]) => {
    if (!text.includes(wrong)) throw new Error(`${file} has no \`${wrong}\`: does ts-proto do it right now?`)
    return text.replace(wrong, right)
  }, code)
  writeFileSync(file, mended)
}
