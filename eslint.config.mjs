import js from '@eslint/js'
import globals from 'globals'

export default [
  { ignores: ['target/', 'crates/', '**/node_modules/', 'benchmark/record/', '__test__/fixtures/'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: globals.node },
    rules: {
      strict: ['error', 'global'],
      'no-console': 'off',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      // An error that is dropped is an error nobody hears of.
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-useless-catch': 'off',
      'no-control-regex': 'off',
      // The signs between digits and letters are what Tenon is about.
      'no-misleading-character-class': 'off',
      'no-irregular-whitespace': 'off'
    }
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module', globals: globals.node } },
  {
    // What the package ships never prints: the command line and the scripts do.
    files: ['index.js', 'lib/**/*.js'],
    rules: { 'no-console': 'error', 'no-process-exit': 'off' }
  }
]
