import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLayers } from '../scripts/layers/check-layers.ts';
import { LAYERS } from '../scripts/layers/rules.ts';

const planted: string[] = [];

/** A checkout of these files; those that are imported only have to be there. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'msr-layers-'));
  planted.push(root);
  for (const [file, text] of Object.entries({ 'package.json': '{"name":"planted"}', ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const EMPTY = 'export {};';
const PACKAGE = { 'node_modules/tool/package.json': '{"name":"tool"}', 'node_modules/tool/index.js': '' };
/** A client, and what needs it. */
const KAFKA_CLIENT = {
  'src/core/b.ts': "import 'kafkajs'; export type B = 1;",
  'package.json': '{"dependencies":{"kafkajs":"1"}}',
  'node_modules/kafkajs/package.json': '{"name":"kafkajs"}',
  'node_modules/kafkajs/index.js': '',
};

afterEach(() => {
  for (const root of planted.splice(0)) rmSync(root, { recursive: true });
});

describe('the rules of who imports whom', () => {
  const red: ReadonlyArray<readonly [what: string, files: Record<string, string>, finding: RegExp]> = [
    [
      'a layer that imports from one above it',
      { 'src/core/a.ts': "import '../cli/b.ts';", 'src/cli/b.ts': EMPTY },
      /^core is below what it imports: src\/core\/a\.ts -> src\/cli\/b\.ts$/,
    ],
    [
      'a layer that imports but a type from the next one',
      { 'src/ledger/a.ts': "import type { B } from '../sink/b.ts';", 'src/sink/b.ts': 'export type B = 1;' },
      /^ledger is below/,
    ],
    [
      'a layer that imports at run time only',
      { 'src/live/a.ts': "void import('../freeze/b.ts');", 'src/freeze/b.ts': EMPTY },
      /^live is below/,
    ],
    [
      'a source file that imports a construct',
      { 'src/core/a.ts': "import '../../lib/b.ts';", 'lib/b.ts': EMPTY },
      /^src imports no other folder: src\/core\/a\.ts -> lib\/b\.ts$/,
    ],
    [
      'a source file that imports a Lambda',
      { 'src/core/a.ts': "import '../../lambdas/x/b.lambda.ts';", 'lambdas/x/b.lambda.ts': EMPTY },
      /^src imports no other folder/,
    ],
    [
      'a Lambda that imports a construct',
      { 'lambdas/x/a.lambda.ts': "import '../../lib/b.ts';", 'lib/b.ts': EMPTY },
      /^lambdas imports only src/,
    ],
    [
      'a Lambda that imports another',
      { 'lambdas/x/a.lambda.ts': "import './b.lambda.ts';", 'lambdas/x/b.lambda.ts': EMPTY },
      /^a Lambda or task imports no other/,
    ],
    [
      'a product that imports from its tests',
      { 'bin/a.ts': "import '../test/b.ts';", 'test/b.ts': EMPTY },
      /^bin imports only src, lambdas, lib: bin\/a\.ts -> test\/b\.ts$/,
    ],
    [
      'a construct that runs the command line',
      { 'lib/a.ts': "import '../src/cli/b.ts';", 'src/cli/b.ts': EMPTY },
      /^the constructs describe what runs/,
    ],
    [
      'a construct that loads a client of Kafka, told once',
      { ...KAFKA_CLIENT, 'lib/stack.ts': "import './a.ts';", 'lib/a.ts': "import '../src/core/b.ts';" },
      /^the constructs load nothing that connects: lib\/a\.ts -> src\/core\/b\.ts -> node_modules\/kafkajs\/index\.js$/,
    ],
    [
      'two files that import each other, one of them a type',
      {
        'src/core/a.ts': "import './b.ts'; export type A = 1;",
        'src/core/b.ts': "import type { A } from './a.ts'; export type B = A;",
      },
      /^no circles: src\/core\/a\.ts -> src\/core\/b\.ts -> src\/core\/a\.ts$/,
    ],
    [
      'a product that imports a devDependency',
      { ...PACKAGE, 'package.json': '{"devDependencies":{"tool":"1"}}', 'src/core/a.ts': "import 'tool';" },
      /^the product imports no devDependency/,
    ],
    [
      'a package that nobody declared',
      { ...PACKAGE, 'src/core/a.ts': "import 'tool';" },
      /^every import is found, and its package declared/,
    ],
    [
      'an import of nothing',
      { 'src/core/a.ts': "import './gone.ts';" },
      /^every import is found, .*: src\/core\/a\.ts -> \.\/gone\.ts$/,
    ],
    [
      'a folder that is no layer',
      { 'src/utils/a.ts': EMPTY },
      /^src\/utils\/a\.ts: utils is none of the layers/,
    ],
    ['a helper among the Lambdas', { 'lambdas/x/help.ts': EMPTY }, /^lambdas\/x\/help\.ts: lambdas\/ holds/],
    [
      'an import that the parser passes over',
      { 'src/core/a.ts': "export type A = import('./b.ts').B;", 'src/core/b.ts': 'export type B = 1;' },
      /^src\/core\/a\.ts: the import of \.\/b\.ts was not seen$/,
    ],
  ];
  it.each(red)('refuse %s', async (_what, files, finding) => {
    const { findings } = await checkLayers(plant(files));

    expect(findings).toEqual([expect.stringMatching(finding)]);
  });

  it('let a construct name what loads a client only when it is opened', async () => {
    const named =
      "import type { B } from '../src/core/b.ts'; export const open = () => import('../src/core/b.ts');";
    const { findings } = await checkLayers(plant({ ...KAFKA_CLIENT, 'lib/a.ts': named }));

    expect(findings).toEqual([]);
  });

  it('refuse a checkout without code, which would prove nothing', async () => {
    const { findings } = await checkLayers(plant({}));

    expect(findings).toEqual([expect.stringMatching(/holds no code$/)]);
  });

  it('refuse a file that does not parse, which would count as one without imports', async () => {
    await expect(checkLayers(plant({ 'src/core/a.ts': 'import from from;' }))).rejects.toThrow(
      /src\/core\/a\.ts/,
    );
  });

  it('let each layer import from those below it', async () => {
    const files = LAYERS.map((layer, index) => {
      const below = LAYERS.slice(0, index).map((lower) => `import '../${lower}/a.ts';`);
      return [`src/${layer}/a.ts`, `${below.join('\n')}\n${EMPTY}`] as const;
    });
    const { files: count, imports, findings } = await checkLayers(plant(Object.fromEntries(files)));

    expect(findings).toEqual([]);
    expect(count).toBe(LAYERS.length);
    expect(imports).toBe((LAYERS.length * (LAYERS.length - 1)) / 2);
  });
});
