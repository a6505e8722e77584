import type { KnipConfig } from 'knip';

/** Where the product begins; the mark says so to knip. */
const PRODUCT = [
  'bin/{app,msr}.ts!',
  // The constructs name these files by a text.
  'lambdas/**/*.lambda.ts!',
  // A guardian is a process of its own.
  'src/freeze/guardian.main.ts!',
  // So is a thread of the replay.
  'src/recovery/replay/lane-thread.main.ts!',
  // They build what is deployed, and write the reference pages.
  'scripts/{build,configuration-reference,cost-page}.ts!',
];

const TESTS_AND_TOOLS = [
  'scripts/*.ts',
  'test/**/*.test.ts',
  // Started by their names: by scripts/test.ts and the tests.
  'test/prepare.ts',
  'test/freeze/freezing-process.ts',
  'test/runner/fixtures/*.mjs',
];

/**
 * What nobody uses. It is run twice. Over everything: an export that only its own file uses is one too many, and a
 * test is a user as good as any, for tests are what pure decisions are exported for. Over the product alone: what only
 * a test still calls is dead code. Where a test must see what nobody else needs, the export says `@internal`.
 */
const config: KnipConfig = ({ production = false }) => ({
  entry: production ? PRODUCT : [...PRODUCT, ...TESTS_AND_TOOLS],
  project: [
    '{bin,lambdas,lib,src}/**/*.{ts,mjs}!',
    ...(production ? ['scripts/cost/*.ts!'] : ['{scripts,test}/**/*.{ts,mjs}']),
  ],
  // java, mvn, openssl and the like come with the machine, not with a package.
  exclude: ['binaries'],
  ignoreExportsUsedInFile: production,
  ignoreDependencies: production
    ? []
    : [
        // dependency-cruiser finds it by itself: its parser, where TypeScript has no API.
        '@swc/core',
        // The Node that all scripts and `npx msr` run with, by its name in node_modules/.bin.
        'node',
      ],
});

export default config;
