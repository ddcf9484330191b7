import { describe, expect, it } from 'vitest'
import { compare } from './install.mjs'

type Lock = Record<string, { version?: string; dev?: boolean; optional?: boolean }>
const wanted: Lock = {
  '': {},
  'node_modules/ws': { version: '8.1.0' },
  'node_modules/vitest': { version: '4.0.0', dev: true },
  'node_modules/only-elsewhere': { version: '1.0.0', optional: true },
}

const older: Lock = { 'node_modules/ws': { version: '8.1.0' }, 'node_modules/vitest': { version: '3.0.0' } }

describe('what the packages lack', () => {
  it.each<[string, Lock, boolean, string]>([
    ['all of them', {}, false, 'some'],
    ['nothing, without those for development', { 'node_modules/ws': { version: '8.1.0' } }, false, 'nothing'],
    ['those for development', { 'node_modules/ws': { version: '8.1.0' } }, true, 'some'],
    ['the right version', { 'node_modules/ws': { version: '8.0.0' } }, false, 'versions'],
    ['the right version of one for development', older, true, 'versions'],
    ['nothing that a program needs', older, false, 'nothing'],
  ])('is told apart: %s', (_, found, dev, lacking) => {
    expect(compare(wanted, found, dev)).toBe(lacking)
  })
})
