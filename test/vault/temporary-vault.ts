import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** A directory that goes with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'msr-vault-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface TemporaryVault {
  readonly vault: Vault;
  readonly directory: string;
  readonly url: string;
}

/** An empty vault in a directory of its own, gone after the test. */
export function temporaryVault(): TemporaryVault {
  const directory = temporaryDirectory();
  const url = pathToFileURL(directory).href;
  return { vault: openVault(url), directory, url };
}
