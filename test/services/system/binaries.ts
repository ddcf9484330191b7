import { accessSync, constants, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The path of the first of `programs` found in `folders`, then in PATH; undefined when there is none. */
export function findProgram(
  programs: readonly string[],
  folders: readonly string[] = [],
): string | undefined {
  const searched = [...folders, ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean)]
  return programs.flatMap((program) => searched.map((folder) => join(folder, program))).find(isExecutable)
}

/** A folder that holds both `initdb` and `postgres`, the newest of Debian's, else where PATH leads; undefined when there is none. */
export function findPostgresDir(): string | undefined {
  const programs = ['initdb', 'postgres']
  const dir = debianPostgresDirs().find((folder) =>
    programs.every((name) => isExecutable(join(folder, name))),
  )
  if (dir) return dir
  // Links into the real folder are common, and the programs look for each other beside themselves.
  const dirs = programs.map((name) => findProgram([name])).map((path) => path && dirname(realpathSync(path)))
  return dirs[0] === dirs[1] ? dirs[0] : undefined
}

function debianPostgresDirs(): string[] {
  const root = '/usr/lib/postgresql'
  return listDir(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
}

function listDir(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return [] // no such folder: nothing is installed there
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
