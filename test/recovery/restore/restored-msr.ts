import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { BedEvent } from '../../bed/events.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { makeBackup } from '../hand-made-backup.ts';
import { compressOldChunks, daysOfEvents, insertEvents } from '../msr-history.ts';

/** An MSR without a sink, nine days old, with a backup of it in a vault of its own. */
export interface BackedUpMsr {
  readonly msr: Msr;
  readonly events: readonly BedEvent[];
  readonly vault: Vault;
  readonly vaultDir: string;
  readonly manifest: Manifest;
  drop(): Promise<void>;
}

/** @param days of history; 9 is more than MAX_PLAYBACK_RANGE */
export async function backedUpMsr(name: string, { days = 9 } = {}): Promise<BackedUpMsr> {
  const bed = sharedBed();
  // A policy that compresses at the same time would fight with the fixture for the chunks.
  const msr = await bed.createMsr({ name, sink: false, jobs: false });
  const vaultDir = await mkdtemp(join(tmpdir(), 'msr-restore-test-'));
  const drop = async (): Promise<void> => {
    await rm(vaultDir, { recursive: true, force: true });
    await msr.drop();
  };
  try {
    const events = daysOfEvents(msr, { from: days, to: 0 });
    await insertEvents(msr, events);
    await msr.refreshAggregate();
    if (bed.edition === 'community') {
      await compressOldChunks(msr);
      // One job that somebody put to sleep on purpose: it must not wake by a recovery.
      await msr.query('owner', (session) =>
        session.query(
          `SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs
           WHERE proc_name = 'policy_retention'`,
        ),
      );
    }
    const vault = openVault(pathToFileURL(vaultDir).href);
    const manifest = await makeBackup(bed, msr, vault);
    return { msr, events, vault, vaultDir, manifest, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}
