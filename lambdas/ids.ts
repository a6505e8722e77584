import { randomBytes } from 'node:crypto';

/** `20261123T041500Z-9f3a`: sorts by time, names a folder of the vault, and is short enough to read aloud. */
export function newId(now: Date = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

export const ID_PATTERN = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;
