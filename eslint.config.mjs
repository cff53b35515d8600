import tseslint from 'typescript-eslint';

// Clock, dice and environment are handed in: only runtime/ may reach for them.
const edges = [
  { object: 'Date', property: 'now', message: 'Take a Clock (runtime/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take a Random (runtime/random.ts).' },
  { object: 'process', property: 'env', message: 'Read settings through runtime/config.ts.' },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
  name,
  message: 'Take a Clock (runtime/clock.ts).',
}));

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['runtime/**', 'test/**', 'bench/**', 'docs/**', '**/*.test.ts'],
    rules: { 'no-restricted-properties': ['error', ...edges], 'no-restricted-globals': ['error', ...timers] },
  },
  { files: ['**/*.js'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
