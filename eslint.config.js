import tseslint from 'typescript-eslint'
import { imports } from './bin/import-rules.mjs'

export default tseslint.config(
  { ignores: ['gen/', 'node_modules/', '.cache/', '.services/', 'data/', 'examples/'] },
  {
    files: ['**/*.{ts,mjs,js}'],
    plugins: { imports },
    languageOptions: { parser: tseslint.parser },
    rules: { 'imports/allowed': 'error', 'imports/no-circles': 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
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
    files: ['{consumer,contract,core,gateway,lib,ports,profiles}/**/*.{ts,mjs}'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come through bin/.' },
        { object: 'process', property: 'argv', message: 'Settings come through bin/.' },
        { object: 'globalThis', property: 'process', message: 'Say process, so that its use is seen.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'VariableDeclarator[init.name="process"]',
          message: 'Settings come through bin/.',
        },
      ],
    },
  },
  // The tool asks for a default export.
  { files: ['vitest.config.ts'], rules: { 'no-restricted-exports': 'off' } },
)
