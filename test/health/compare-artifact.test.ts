import { describe, expect, it } from 'vitest';
import { compareArtifact } from '../../src/health/compare-artifact.ts';

const path = 'backups/b/database.dump';
const written = { path, bytes: 10, sha256: 'a'.repeat(64), crc64Nvme: 'mRxaf4+ZbYQ=' };
const facts = { path, bytes: 10, modifiedAt: new Date(0), crc64Nvme: written.crc64Nvme };
const { crc64Nvme: _, ...unsummed } = written;

describe('an artifact against what was written of it', () => {
  it.each([
    ['the same checksum', written, facts, undefined, 'checksum', undefined],
    [
      'another checksum',
      written,
      { ...facts, crc64Nvme: 'AAAAAAAAAAA=' },
      undefined,
      'checksum',
      `${path} is not what was written: the vault's checksum of it (CRC-64/NVME) is AAAAAAAAAAA=, and was mRxaf4+ZbYQ=`,
    ],
    ['no checksum written', unsummed, facts, undefined, 'size', undefined],
    ['no checksum kept', written, { ...facts, crc64Nvme: undefined }, undefined, 'size', undefined],
    ['read, and the same', unsummed, facts, 'a'.repeat(64), 'read', undefined],
    [
      'read, and another',
      unsummed,
      facts,
      'b'.repeat(64),
      'read',
      `${path} is not what was written: its SHA-256 is ${'b'.repeat(64)}, and was ${'a'.repeat(64)}`,
    ],
    [
      'another size',
      written,
      { ...facts, bytes: 9 },
      undefined,
      'size',
      `${path} has 9 bytes; 10 were written`,
    ],
    ['not there', written, undefined, undefined, 'size', `${path} is missing`],
  ])('%s', (_, artifact, { crc64Nvme, ...found } = facts, sha256, by, fault) => {
    const there = fault?.endsWith('is missing') ? undefined : { ...found, ...(crc64Nvme && { crc64Nvme }) };
    expect(compareArtifact(artifact, there, sha256)).toMatchObject({ by, ...(fault && { fault }) });
    if (fault === undefined) expect(compareArtifact(artifact, there, sha256)).not.toHaveProperty('fault');
  });
});
