/**
 * What may import what. The tools' own words:
 * https://github.com/sverweij/dependency-cruiser (rules reference).
 */
import type { IForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser';

/** The rooms of src/, lowest first: each imports from itself and from those before it. */
export const LAYERS = [
  'core',
  'clients',
  'settings',
  'vault',
  'edge',
  'manifest',
  'live',
  'baselines',
  'ledger',
  'sink',
  'freeze',
  'consumer-groups',
  'backup',
  'validation',
  'recovery',
  'retention',
  'janitor',
  'doctor',
  'health',
  'paging',
  'monitors',
  'runner',
  'cli',
] as const;

/** Folders of the checkout that hold code, each with those that it may import from besides itself. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  src: [],
  lambdas: ['src'],
  lib: ['src'],
  bin: ['src', 'lambdas', 'lib'],
  scripts: ['src', 'lambdas', 'lib', 'bin', 'test'],
  test: ['src', 'lambdas', 'lib', 'bin', 'scripts'],
};

const PRODUCT = '^(src|lambdas|lib|bin)/';
/** What synthesis alone needs: a bundle that held one of these would be tens of megabytes larger. */
const SYNTHESIS = 'node_modules/(aws-cdk-lib|constructs|cdk-nag)/';
/**
 * What connects to AWS, Kafka, PostgreSQL or Kubernetes. The constructs take names, schemas and tables from
 * src/; none of these may be loaded with them. Types and `import()` load nothing.
 */
export const NOT_LOADED_BY_CONSTRUCTS = {
  name: 'the constructs load nothing that connects',
  path: /node_modules\/(@aws-sdk|kafkajs|@platformatic|pg|pg-copy-streams|@kubernetes)\//,
} as const;

export const RULES: readonly IForbiddenRuleType[] = [
  ...LAYERS.slice(0, -1).map((layer, index) =>
    forbid(`${layer} is below what it imports`, {
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${LAYERS.slice(index + 1).join('|')})/` },
    }),
  ),
  ...Object.entries(MAY_IMPORT).map(([folder, others]) =>
    forbid(`${folder} imports ${others.length === 0 ? 'no other folder' : `only ${others.join(', ')}`}`, {
      from: { path: `^${folder}/` },
      to: {
        path: `^(${Object.keys(MAY_IMPORT).join('|')})/`,
        pathNot: `^(${[folder, ...others].join('|')})/`,
      },
    }),
  ),
  forbid('no circles', { from: {}, to: { circular: true } }),
  forbid('a Lambda or task imports no other', {
    from: { path: '^lambdas/' },
    to: { path: '^lambdas/' },
  }),
  forbid("no Lambda carries what tells other monitors: Datadog's client is a megabyte", {
    from: { path: '^lambdas/' },
    to: { path: '^src/monitors/' },
  }),
  forbid('the constructs describe what runs, and run nothing', {
    from: { path: '^lib/' },
    to: { path: '^src/(runner|cli)/' },
  }),
  forbid('what is bundled needs nothing of the CDK', {
    from: { path: '^(src|lambdas|bin)/', pathNot: '^bin/app\\.ts$' },
    to: { path: SYNTHESIS },
  }),
  forbid('the product imports no devDependency', {
    from: { path: PRODUCT },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  }),
  forbid('every import is found, and its package declared', {
    from: {},
    to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
  }),
];

function forbid(name: string, rule: Pick<IRegularForbiddenRuleType, 'from' | 'to'>): IForbiddenRuleType {
  return { name, severity: 'error', ...rule };
}
