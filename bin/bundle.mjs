// Bundles the programs with what they import, so that a start reads a few files instead of two thousand. A bundle is kept in .cache,
// named by the content of everything that is in it: a changed source makes another one. Run by itself, it makes it in advance.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The programs, each an entry in bin/. */
export const programs = ['embedded', 'gateway', 'core', 'consumer']

/** What operators call, an entry in bin/ too. */
const operators = 'recado'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const folders = ['bin', 'consumer', 'contract', 'core', 'gateway', 'gen', 'lib', 'ports', 'profiles']

/** Packages with files that are no JavaScript, and those that others only try to load: they stay where they are. */
const external = [
  '@electric-sql/pglite',
  '@node-rs/argon2',
  // Optional companions of pg and mongodb.
  'pg-native',
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'socks',
]

/** How long a bundle that is no longer the newest is kept, in milliseconds: another checkout's process may be starting from it. */
const KEPT_MS = 60 * 60 * 1_000

/** Packages of CommonJS ask for what a module does not have. */
const banner = `import { createRequire as toRequire } from 'node:module'
const require = toRequire(import.meta.url)`

/** Where the bundle of a program is, made if it is not there; undefined where it can be neither found nor kept. */
export async function bundled(program) {
  const folder = join(cache, `programs-${hashOfSources()}`)
  const file = join(folder, `${program}.mjs`)
  try {
    if (!exists(folder)) await make(folder)
    return pathToFileURL(file)
  } catch (error) {
    process.stderr.write(`Starting from the sources, for no bundle can be kept: ${error.message}\n`)
    return undefined
  }
}

function hashOfSources() {
  const hash = createHash('sha256').update(`${root}\0${process.versions.modules}`)
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )
  for (const name of ['package-lock.json', join('bin', 'bundle.mjs'), ...sources.sort()])
    hash.update(`${name}\0`).update(readFileSync(join(root, name)))
  return hash.digest('hex').slice(0, 20)
}

/** Of several processes that make it at once, the first one's stays. */
async function make(folder) {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    await build(draft)
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!exists(folder)) throw error
  }
  forgetOthers(folder)
}

async function build(outdir) {
  const esbuild = await import('esbuild')
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [...programs, operators].map((name) => join('bin', `${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    external,
    banner: { js: banner },
    plugins: [ownUrls, packages],
    logLevel: 'silent',
  })
  await esbuild.stop()
}

/** A source that finds a file beside itself finds it where it was. */
const ownUrls = {
  name: 'own urls',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const url = JSON.stringify(pathToFileURL(path).href)
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' }
    }),
}

/**
 * A package that finds a file beside itself finds it where it was, too. None of them has a place in our maps, which a map of one
 * mapping tells esbuild: to read those would slow every start.
 */
const packages = {
  name: 'packages',
  setup: ({ onLoad }) =>
    onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const here = /^(const|let|var) __dirname/m.test(source) ? '__dirname' : JSON.stringify(dirname(path))
      const contents = source.replaceAll(/\b__dirname\b/g, () => here)
      return {
        contents: `${contents}\n//# sourceMappingURL=data:application/json;base64,${NO_MAP}`,
        loader: 'js',
      }
    }),
}
const NO_MAP = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64')

function forgetOthers(newest) {
  for (const name of readdirSync(cache).filter((each) => each.startsWith('programs-'))) {
    const folder = join(cache, name)
    if (folder !== newest && Date.now() - statSync(folder).mtimeMs > KEPT_MS)
      rmSync(folder, { recursive: true, force: true })
  }
}

function exists(file) {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !(await bundled(programs[0]))) process.exitCode = 1
