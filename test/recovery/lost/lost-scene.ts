import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import type { BedHandle, Msr } from '../../bed/bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { givenSecrets } from './given-secrets.ts';
import { type Numbered, numberedEvents } from './numbered.ts';

export const PARTITIONS = 2;

/**
 * An MSR of one topic whose Kafka, or a part of it, is going to be lost, and the command line for it.
 */
export interface LostScene {
  readonly msr: Msr;
  readonly topic: string;
  readonly events: Numbered;
  readonly run: (...args: string[]) => Promise<MsrResult>;
  /** @param secrets MSR_CONNECTOR_SECRETS @default those of its sink */
  readonly runWithSecrets: (args: readonly string[], secrets?: string) => Promise<MsrResult>;
  /** `msr recover --yes` with the secrets; a task of it dies at the failpoint. */
  readonly recoverKilledAt: (failpoint: Failpoint) => Promise<MsrResult>;
  /** MSR_CONNECTOR_SECRETS as they have to be. */
  readonly secrets: () => string;
  readonly drop: () => Promise<void>;
}

export async function lostScene(bed: BedHandle, name: string): Promise<LostScene> {
  const topic = `${bed.prefix}${name}.gis.track`;
  const msr = await bed.createMsr({ name, topics: [topic], partitions: PARTITIONS });
  const vault = await mkdtemp(join(tmpdir(), `msr-${name}-`));
  const secrets = (): string => givenSecrets(vault, msr);
  return {
    ...{ msr, topic, secrets },
    events: numberedEvents(bed, msr, PARTITIONS),
    run: (...args) => runMsr(args, msr.env(vault)),
    recoverKilledAt: (failpoint) =>
      runMsr(['recover', '--yes'], {
        ...msr.env(vault),
        ...{ MSR_CONNECTOR_SECRETS: secrets(), [FAILPOINT_VARIABLE]: failpoint },
      }),
    runWithSecrets: (args, given = secrets()) =>
      runMsr([...args], { ...msr.env(vault), MSR_CONNECTOR_SECRETS: given }),
    drop: async () => {
      await rm(vault, { recursive: true, force: true });
      await msr.drop();
    },
  };
}

/** What msr said stands in the failure. */
export function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}
