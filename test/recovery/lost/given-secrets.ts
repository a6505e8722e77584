import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Msr } from '../../bed/msr.ts';

/**
 * MSR_CONNECTOR_SECRETS for the sink of this MSR. Other connectors that its backups know are of other
 * tests on the bed, and may be gone by now: they are left out.
 */
export function givenSecrets(vault: string, msr: Msr): string {
  const backups = readdirSync(join(vault, 'backups'));
  const names = backups.flatMap((id) => {
    const manifest = JSON.parse(readFileSync(join(vault, 'backups', id, 'manifest.json'), 'utf8'));
    return (manifest.connectors as { name: string }[]).map(({ name }) => name);
  });
  const others = Object.fromEntries(names.map((name) => [name, null]));
  const own = { 'connection.password': msr.sinkConfig['connection.password'] };
  return JSON.stringify({ ...others, [msr.connector]: own });
}
