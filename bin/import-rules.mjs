// Who may import what, as an allow list: DESIGN's layout, which ESLint holds every file against. Whatever is not listed is refused.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What programs and ports may use of Node.js: nothing that reads the environment, files, or starts something. */
const calm = ['buffer', 'crypto', 'events', 'http', 'net', 'stream', 'timers/promises', 'util']
const anyNode = ['*']
const anyPackage = ['*']

/** The interface of a port, and the words beside it. */
const PORT = 'ports/<port>'
/** What a program is made of. */
const shared = ['gen', 'contract', 'lib', PORT]
const everything = ['bin', 'consumer', 'contract', 'core', 'gateway', 'gen', 'lib', 'ports', 'profiles']

/** Adapters that are made of another of their port: PGlite is PostgreSQL, and limits go on in memory where Redis is away. */
const siblings = { pglite: ['ports/<port>/postgres'], redis: ['ports/<port>/memory'] }

/**
 * The places of the layout, the first that fits a file counting: `ours` it may import beside itself, `packages` and modules of
 * `node` too. `<port>` is the file's own port where the place names one, any port elsewhere.
 */
const places = [
  { at: 'gateway/phoenix', ours: ['lib'], packages: ['ws'], node: calm },
  {
    at: 'gateway',
    ours: [...shared, 'gateway/phoenix'],
    packages: ['@fastify/*', '@grpc/grpc-js', 'fastify', 'lru-cache', 'prom-client', 'typebox'],
    node: calm,
  },
  {
    at: 'core',
    ours: shared,
    packages: ['@grpc/grpc-js', '@node-rs/argon2', 'bidi-js', 'jose', 'kysely', 'lru-cache'],
    node: calm,
  },
  {
    at: 'consumer',
    ours: shared,
    packages: ['@bufbuild/protobuf', '@grpc/grpc-js', 'lru-cache', 'prom-client'],
    node: calm,
  },
  { at: 'contract', ours: ['gen', 'lib'], packages: ['@bufbuild/protobuf', 'typebox', 'uuid'], node: calm },
  {
    at: 'lib',
    ours: ['gen/google', 'gen/grpc', 'gen/descriptors.binpb'],
    packages: ['@bufbuild/*', '@grpc/grpc-js', 'grpc-health-check', 'pino', 'pino-pretty'],
    node: [...calm, 'fs', 'fs/promises', 'os', 'path'],
  },
  ...Object.entries({
    memory: ['lru-cache', 'rate-limiter-flexible'],
    mongo: ['mongodb'],
    pglite: ['@electric-sql/pglite', 'kysely', 'pg'],
    postgres: ['kysely', 'pg'],
    rabbitmq: ['amqplib'],
    redis: ['ioredis', 'rate-limiter-flexible'],
    database: ['kysely'],
  }).map(([technology, packages]) => ({
    at: `ports/<port>/${technology}`,
    ours: ['contract', 'gen', 'lib', PORT, ...(siblings[technology] ?? [])],
    packages,
    // The embedded database is a thread on a folder.
    node: technology === 'pglite' ? [...calm, 'fs/promises', 'path', 'worker_threads'] : calm,
  })),
  { at: PORT, ours: ['contract', 'gen', 'lib'], packages: ['kysely'], node: calm },
  { at: 'profiles', ours: ['lib', 'ports'], packages: [], node: [] },
  { at: 'gen', ours: [], packages: ['@bufbuild/protobuf', '@grpc/grpc-js'], node: [] },
  { at: 'bin', ours: everything, packages: anyPackage, node: anyNode },
  {
    at: 'bench',
    ours: [...everything, 'test/support', 'test/services'],
    packages: anyPackage,
    node: anyNode,
  },
  { at: 'test', ours: [...everything, 'bench'], packages: anyPackage, node: anyNode },
]

/** Tests are beside what they test, and stand on the test's helpers too. */
const tests = { ours: [...everything, 'test/support'], packages: anyPackage, node: anyNode }

/**
 * Why a file may not import something; undefined where it may. Both as they are written: the file from the project's root, the
 * import as in its source.
 */
export function whyNot(file, specifier) {
  const path = file.split(sep).join('/')
  const place = placeOf(path)
  if (!place) return undefined
  const isTested = path.endsWith('.test.ts') && everything.includes(path.split('/')[0])
  const { ours, packages, node } = isTested ? { ...place, ...tests } : place
  if (specifier.startsWith('.'))
    return whyNotOurs(path, place, ours, normalize(join(dirname(path), specifier)))
  if (specifier.startsWith('node:'))
    return fits(node, specifier.slice(5)) ? undefined : `${place.at}/ does without ${specifier}.`
  const [scope, name] = specifier.split('/')
  const pkg = scope.startsWith('@') ? `${scope}/${name}` : scope
  // Types of drivers tell of drivers: a package is refused with all of its files.
  return fits(packages, pkg) ? undefined : `${place.at}/ does without the package ${pkg}.`
}

/** Only who may import anything may compute what. */
function whyNotUnnamed(file) {
  const place = placeOf(file.split(sep).join('/'))
  return !place || fits(place.packages, '') ? undefined : 'Name what is imported.'
}

function whyNotOurs(path, place, ours, target) {
  const own = inPlace(place.at, path)
  if (within(own, target) && placeOf(target)?.at === place.at) return undefined
  const port = /^ports\/([^/]+)\//.exec(path)?.[1]
  const allowed = ours.some((each) =>
    each === PORT
      ? /^ports\/[^/]+\/[^/]+$/.test(target)
      : within(each.replace('<port>', port ?? ''), target) || target === each,
  )
  return allowed ? undefined : `${place.at}/ may not import ${target}.`
}

function placeOf(path) {
  return places.find(({ at }) => inPlace(at, path) !== undefined)
}

/** The folder of a place that a path is in. An interface of a port is directly in the port's folder. */
function inPlace(at, path) {
  const pattern = at.replace('<port>', '[^/]+')
  const found = new RegExp(at === PORT ? `^(${pattern})/[^/]+$` : `^(${pattern})/`).exec(path)
  return found?.[1]
}

function within(folder, path) {
  return folder !== undefined && path.startsWith(`${folder}/`)
}

function fits(list, name) {
  return list.some(
    (each) => each === '*' || each === name || (each.endsWith('/*') && name.startsWith(each.slice(0, -1))),
  )
}

/**
 * The files of each circle of imports, those of types included.
 * @param {ReadonlyMap<string, readonly string[]>} imports the files that each file imports
 * @returns {string[][]}
 */
export function findCircles(imports) {
  const circles = []
  const found = new Map()
  const path = []
  const visit = (file) => {
    const known = found.get(file)
    if (known !== undefined) return known
    const own = path.push(file)
    found.set(file, own)
    let lowest = own
    for (const next of imports.get(file) ?? []) lowest = Math.min(lowest, visit(next))
    if (lowest < own) return found.set(file, lowest).get(file)
    const circle = path.splice(own - 1)
    for (const each of circle) found.set(each, Infinity)
    if (circle.length > 1) circles.push(circle.sort())
    return Infinity
  }
  for (const file of imports.keys()) visit(file)
  return circles
}

/** The imports of every source on disk, read once for a run. */
let circles
function circleOf(file) {
  circles ??= findCircles(readImports())
  return circles.find((circle) => circle.includes(file))
}

function readImports() {
  const folders = [
    'bench',
    'bin',
    'consumer',
    'contract',
    'core',
    'gateway',
    'lib',
    'ports',
    'profiles',
    'test',
  ]
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  )
  return new Map(
    files.map((file) => {
      const source = readFileSync(join(root, file), 'utf8')
      const targets = [...source.matchAll(/(?:from|import) '(\.[^']+)\.js'/g)]
      return [file, targets.map(([, target]) => `${join(dirname(file), target)}.ts`)]
    }),
  )
}

/** Calls `check` with every specifier of a file, and the node where it stands. */
function onImports(check) {
  const declaration = (node) => node.source && check(node.source, node.source.value)
  return {
    ImportDeclaration: declaration,
    ExportNamedDeclaration: declaration,
    ExportAllDeclaration: declaration,
    ImportExpression: (node) => check(node, node.source.value),
    TSImportType: (node) => check(node, (node.source ?? node.argument?.literal)?.value),
    TSExternalModuleReference: (node) => check(node, node.expression.value),
    'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0]?.value),
  }
}

const allowed = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(root, context.filename)
    return onImports((node, specifier) => {
      const message = typeof specifier === 'string' ? whyNot(file, specifier) : whyNotUnnamed(file)
      if (message) context.report({ node, message })
    })
  },
}

const noCircles = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return {
      Program: (node) => {
        const circle = circleOf(relative(root, context.filename))
        if (circle)
          context.report({ node, message: `These import each other in a circle: ${circle.join(', ')}.` })
      },
    }
  },
}

/** The rules, for ESLint. */
export const imports = { rules: { allowed, 'no-circles': noCircles } }
