import { rename, writeFile } from 'node:fs/promises'
import { services, type UrlName } from './names.js'
import { envFile } from './paths.js'

/** The URLs of the services that are up. */
export type Urls = Partial<Record<UrlName, string>>

/** One line a URL, `NAME='value'`, as a shell reads it. */
export function toEnvLines(urls: Urls): string {
  const lines = services.flatMap(({ urlName }) => {
    const url = urls[urlName]
    return url === undefined ? [] : [`${urlName}=${quote(url)}\n`]
  })
  return lines.join('')
}

/** Keeps the URLs in `.services.env`. Only our user can read it: it holds passwords. */
export async function writeEnvFile(urls: Urls): Promise<void> {
  const unfinished = `${envFile}.${process.pid}`
  await writeFile(unfinished, toEnvLines(urls), { mode: 0o600 })
  await rename(unfinished, envFile)
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}
