import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// Money never passes through a float: these calls turn exact decimals into doubles.
const floatBans = [
  { object: 'Number', property: 'parseFloat', message: 'Money is decimal; parse with Decimal.' },
];

export default tseslint.config(
  { ignores: ['dist/**', '.data/**', 'node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'prefer-const': 'error',
      'no-restricted-globals': ['error', 'parseFloat'],
      'no-restricted-properties': ['error', ...floatBans],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      // A leading underscore says that a parameter is there for its position only; a member may be
      // named in order to leave it out of the rest.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['scripts/**', 'test/**'],
    rules: { 'no-console': 'off', 'max-lines-per-function': 'off' },
  },
  // Mocha loads its reporters by require.
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { require: 'readonly', module: 'readonly', process: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
