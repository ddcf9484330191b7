import tseslint from 'typescript-eslint'
import { importX } from 'eslint-plugin-import-x'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'

const programs = ['./gateway', './core', './consumer']
// In ports/, a folder below a port is an adapter.
const zones = [
  ...programs.map((program) => ({
    target: program,
    from: programs.filter((other) => other !== program),
    message: 'Programs meet only in gen/.',
  })),
  {
    target: [...programs, './lib'],
    from: ['./ports/*/*/**'],
    message: 'Take the port; profiles/ picks the adapter.',
  },
  {
    target: [...programs, './ports', './lib', './gen'],
    from: ['./profiles', './bin', './test'],
    message: 'Nothing imports upward.',
  },
  { target: './lib', from: ['./gen/recado', './ports'], message: 'lib/ knows nothing of chat.' },
  { target: ['./lib', './ports', './gen'], from: programs, message: 'Nothing imports upward.' },
  {
    target: './gateway/phoenix',
    from: ['./gen', './ports', './gateway'],
    except: ['./phoenix'],
    message: 'The protocol knows no chat.',
  },
]
const drivers = ['ioredis', 'amqplib', 'mongodb', 'pg', '@electric-sql/pglite']

export default tseslint.config(
  { ignores: ['gen/', 'node_modules/', '.cache/', '.services/', 'data/', 'examples/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended, importX.flatConfigs.typescript],
    languageOptions: { parserOptions: { projectService: true } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    files: ['{gateway,core,consumer,lib}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: drivers }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come through bin/.' },
      ],
    },
  },
  // The tool asks for a default export.
  { files: ['vitest.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
)
