import { describe, expect, it } from 'vitest';
import { validParts } from '../../../lib/config/config.ts';
import { environmentBytes, mostInstances, RESOURCES_OF_INSTANCE } from '../../../lib/config/limits.ts';
import { MOST_ENVIRONMENT_BYTES } from '../../../lib/runtime/environment-size.ts';
import { type Stage, stage } from '../stage.ts';
import { type Change, changedExample } from './example.ts';

const [instance] = JSON.parse(changedExample()).instances;
const ebs = {
  region: 'eu-central-1',
  instanceId: 'i-0a1b2c3d4e5f60718',
  restore: { recoveryInstanceId: 'i-0b1b2c3d4e5f60718', commands: ['systemctl start postgresql'] },
};
/** With every option that makes a resource. */
const instances = (count: number): Change => [
  'instances',
  Array.from({ length: count }, (_, index) => ({
    ...instance,
    name: `az-${String.fromCharCode(97 + index)}`,
    strategy: { name: 'hybrid', options: { volumes: { strategy: 'ebs', options: ebs } } },
  })),
];
const existing = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0a1b2c3d4e5f60718'],
  availabilityZones: ['eu-central-1a'],
  routeTableIds: ['rtb-0a1b2c3d4e5f60718'],
};
const zones = ['a', 'b', 'c'].map((letter) => `eu-central-1${letter}`);
const create = { cidr: '10.40.0.0/20', availabilityZones: zones };
const resourcesOf = ({ templates }: Stage, stack: string) =>
  Object.keys(templates[stack]?.Resources ?? {}).length;

describe('as many instances as a configuration may have', () => {
  const full = { existing: { existing }, create: { create } } as const;
  const stages = Object.entries(full).map(([kind, network]) => {
    const most = mostInstances({ existing: undefined, create: undefined, ...network } as never);
    return { kind, most, built: stage(['network', network], instances(most)) };
  });

  it.each(stages)('fit into a stack, in a network that is $kind: $most', ({ built }) => {
    for (const stack of ['Pipelines', 'Observability', 'Stateful']) {
      expect(resourcesOf(built, stack), stack).toBeGreaterThan(0);
      expect(resourcesOf(built, stack), stack).toBeLessThanOrEqual(500);
    }
  });

  it('are reckoned by what each takes', () => {
    const [one, two] = [1, 2].map((count) => resourcesOf(stage(instances(count)), 'Pipelines'));
    expect((two ?? 0) - (one ?? 0)).toBeLessThanOrEqual(RESOURCES_OF_INSTANCE);
  });
});

describe("a Lambda's environment", () => {
  /** What only a deployment knows is as long as AWS lets it be. */
  const LONGEST_ARN = 'x'.repeat(150);
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { 'Fn::Join': join } = value as { 'Fn::Join'?: [string, unknown[]] };
    return join === undefined ? LONGEST_ARN : join[1].map(textOf).join(join[0]);
  };
  const changes: Change[] = [['account', '111122223333'], instances(1)];
  const built = stage(...changes);
  const sizes = Object.values(built.stack('Pipelines').findResources('AWS::Lambda::Function')).map(
    ({ Properties }) =>
      Object.entries(Properties.Environment?.Variables ?? {}).reduce(
        (sum, [name, value]) => sum + name.length + textOf(value).length,
        0,
      ),
  );
  const parts = validParts(JSON.parse(changedExample(...changes)));
  const [valid] = parts.instancesByIndex.values();

  it('is not reckoned smaller than any that is deployed', () => {
    const reckoned = valid === undefined ? 0 : environmentBytes(valid, parts);
    expect(Math.max(...sizes)).toBeGreaterThan(1000);
    expect(reckoned).toBeGreaterThanOrEqual(Math.max(...sizes));
    expect(reckoned).toBeLessThan(MOST_ENVIRONMENT_BYTES);
  });
});
