import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { joinedCrc64 } from '../../src/vault/crc64.ts';
import { VaultObjectMissingError, VaultReadError, VaultWriteError } from '../../src/vault/errors.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { s3ReadFault, s3WriteFault } from '../../src/vault/s3-errors.ts';
import { parseS3Location } from '../../src/vault/s3-location.ts';
import { MAX_OBJECT_BYTES, MAX_PARTS, partBytes, partsAtOnce } from '../../src/vault/s3-part-sizes.ts';
import { partsOf } from '../../src/vault/s3-parts.ts';
import { longerRetention } from '../../src/vault/s3-retention.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

describe('the URL', () => {
  test('names one bucket', () => {
    expect(parseS3Location('s3://bucket')).toEqual({
      bucket: 'bucket',
      documentsBucket: 'bucket',
      prefix: '',
      retention: undefined,
    });
  });

  test('or two, a prefix and a retention', () => {
    expect(parseS3Location('s3://b.1/az-a/msr/?documents=docs&retention=COMPLIANCE:35')).toEqual({
      bucket: 'b.1',
      documentsBucket: 'docs',
      prefix: 'az-a/msr/',
      retention: { mode: 'COMPLIANCE', days: 35 },
    });
  });

  const wrong: ReadonlyArray<readonly [url: string, fact: string]> = [
    ['s3://Bucket/x', '"Bucket" cannot be a bucket'],
    ['s3:///x', '"" cannot be a bucket'],
    ['s3://bucket/x?documents=', '"" cannot be a bucket'],
    ['s3://bucket/a//b', 'a//b cannot be a prefix'],
    ['s3://bucket/a%20b', 'a%20b cannot be a prefix'],
    ['s3://bucket/x?retention=FOREVER', 'FOREVER is not a retention'],
    ['s3://bucket/x?retention=GOVERNANCE:0', 'GOVERNANCE:0 is not a retention'],
    ['s3://bucket/x?document=docs', 'the parameter document is not known'],
    ['s3://bucket:9000/x', 'only a bucket can stand there'],
  ];
  test.each(wrong)('%s is refused', (url, fact) => {
    expect(() => openVault(url)).toThrow(
      expect.objectContaining({
        message: `${url} is not the URL of a vault: ${fact}`,
        hint: 'expected MSR_VAULT_URL=s3://bucket/prefix?documents=other-bucket&retention=GOVERNANCE:35',
      }),
    );
  });

  test('with a password is refused without it', () => {
    expect(() => openVault('s3://key:secret@bucket/x')).toThrow(
      /^(?!.*secret)s3:\/\/\*\*\*@bucket\/x is not/,
    );
  });
});

describe('parts', () => {
  test.each([0, 1, 48 * GIB, 600 * GIB, MAX_OBJECT_BYTES])(
    '%d bytes fit into 10,000, as does thrice as much',
    (bytes) => {
      let room = 0;
      for (let number = 1; number <= MAX_PARTS; number += 1) room += partBytes(number, bytes);
      expect(room).toBeGreaterThanOrEqual(Math.min(Math.max(3 * bytes, 3 * 1024 * GIB), MAX_OBJECT_BYTES));
    },
  );

  test('of an unknown size carry 5 TiB, and begin small', () => {
    let room = 0;
    for (let number = 1; number <= MAX_PARTS; number += 1) room += partBytes(number, undefined);
    expect(room).toBeGreaterThan(MAX_OBJECT_BYTES);
    expect(partBytes(1, undefined)).toBe(64 * MIB);
  });

  test.each([
    [16 * MIB, 4],
    [100 * MIB, 2],
    [GIB, 1],
  ])('of %d bytes travel by %d', (bytes, count) => {
    expect(partsAtOnce(bytes)).toBe(count);
  });

  const size = partBytes(1, 0);
  test.each([
    ['nothing', [], [0]],
    ['less than a part', [1, 2], [3]],
    ['exactly a part', [size], [size]],
    ['a part and a byte', [size, 1], [size, 1]],
    ['one chunk of several parts', [2 * size + 5], [size, size, 5]],
  ])('%s is cut so that the last one says so', async (_, chunks, expected) => {
    const content = Readable.from(chunks.map((length) => Buffer.alloc(length)));
    const parts = partsOf(content, 0);
    const seen: [number: number, bytes: number, last: boolean][] = [];
    for await (const { number, body, last } of parts) seen.push([number, body.length, last]);
    expect(seen).toEqual(expected.map((bytes, index) => [index + 1, bytes, index === expected.length - 1]));
    expect(parts.bytes()).toBe(chunks.reduce((sum, length) => sum + length, 0));
  });
});

describe('CRC-64/NVME of joined parts', () => {
  test('of the check value in two parts', () => {
    // "123456789" has ae8b14860a799888 (the catalogue's check value).
    const parts = ['1234', '56789'].map((text) => ({ bytes: text.length, crc64: crc64(Buffer.from(text)) }));
    expect(joinedCrc64(parts)).toBe(Buffer.from('ae8b14860a799888', 'hex').toString('base64'));
  });

  test.each([[[1]], [[7, 7, 7, 3]], [[1000, 1, 999]], [[0, 5, 0]]])('of parts of %j bytes', (sizes) => {
    const bodies = sizes.map((bytes) => randomBytes(bytes));
    const parts = bodies.map((body) => ({ bytes: body.length, crc64: crc64(body) }));
    expect(joinedCrc64(parts)).toBe(crc64(Buffer.concat(bodies)));
  });

  /** Bit by bit, as the polynomial defines it. */
  function crc64(data: Buffer): string {
    let crc = 0xffffffffffffffffn;
    for (const byte of data) {
      crc ^= BigInt(byte);
      for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1n) ^ ((crc & 1n) === 1n ? 0x9a6c9329ac4bc9b5n : 0n);
    }
    const result = Buffer.alloc(8);
    result.writeBigUInt64BE(crc ^ 0xffffffffffffffffn);
    return result.toString('base64');
  }
});

describe('what S3 refuses', () => {
  const answer = (httpStatusCode: number, name: string, message = 'said') =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

  const faults: ReadonlyArray<readonly [error: Error, fact: string, hint: RegExp]> = [
    [
      answer(403, 'AccessDenied', 'no'),
      'access denied (AccessDenied: no)',
      /^allow s3:GetObject.*s3:ListBucket/,
    ],
    [answer(403, '403', 'UnknownError'), 'access denied', /^allow s3:GetObject/],
    [answer(404, 'NoSuchBucket'), 'the bucket is not there', /its account and AWS_REGION/],
    [answer(400, 'ExpiredToken'), 'the AWS credentials have expired', /aws sso login/],
    [answer(403, 'SignatureDoesNotMatch'), 'the AWS credentials are not valid there', /clock/],
    [answer(400, 'KMS.DisabledException'), 'its key cannot be used', /KMS/],
    [answer(403, 'InvalidObjectState'), 'the object lies in an archive (Glacier)', /restore-object/],
    [answer(503, 'SlowDown', 'slower'), 'S3 answered 503 (SlowDown: slower)', /S3's own/],
    [new Error('Region is missing'), 'no AWS region is set', /AWS_REGION/],
    [
      Object.assign(new Error('x'), { name: 'CredentialsProviderError' }),
      'there are no AWS credentials',
      /AWS_PROFILE/,
    ],
    [new Error('connect ECONNREFUSED'), 'connect ECONNREFUSED', /AWS_ENDPOINT_URL/],
  ];
  test.each(faults)('%s', (cause, fact, hint) => {
    expect(s3ReadFault(cause, 'a.json', 's3://b')).toMatchObject({
      name: 'VaultReadError',
      message: `the vault s3://b cannot be read (a.json): ${fact}`,
      hint: expect.stringMatching(hint),
      cause,
    });
  });

  test('names the rights of a writer', () => {
    const fault = s3WriteFault(answer(403, 'AccessDenied'), 'a', 's3://b');
    expect(fault).toBeInstanceOf(VaultWriteError);
    expect(fault).toMatchObject({
      hint: expect.stringMatching(/^allow s3:PutObject, s3:PutObjectRetention/),
    });
  });

  test('is told once', () => {
    const told = new VaultReadError('told', { hint: 'x' });
    expect(s3WriteFault(told, 'a', 's3://b')).toBe(told);
    expect(s3ReadFault(new VaultObjectMissingError('a', 's3://b'), 'a', 's3://b')).toBeInstanceOf(
      VaultObjectMissingError,
    );
  });
});

describe('the retention of an artifact', () => {
  const NOW = new Date('2026-11-28T03:30:00Z');
  const inDays = (days: number, seconds = 0) => new Date(NOW.getTime() + days * 86_400_000 + seconds * 1000);
  const wanted = { mode: 'COMPLIANCE', days: 14 } as const;

  test.each<[what: string, mode: 'GOVERNANCE' | 'COMPLIANCE' | undefined, until: Date | undefined, Date?]>([
    ['none yet', undefined, undefined, inDays(14)],
    ['one that began with a long upload', 'COMPLIANCE', inDays(14, -3600), inDays(14)],
    ['one by a clock that is ahead of ours', 'COMPLIANCE', inDays(14, 2)],
    ['a longer one of a weaker mode', 'GOVERNANCE', inDays(30), inDays(30)],
  ])('beside %s', (_, ObjectLockMode, ObjectLockRetainUntilDate, until) => {
    const present = { ObjectLockMode, ObjectLockRetainUntilDate };
    const expected = until && { Mode: 'COMPLIANCE', RetainUntilDate: until };
    expect(longerRetention(wanted, present, NOW)).toEqual(expected);
  });

  test('is never weakened', () => {
    const present = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(30) } as const;
    expect(longerRetention({ mode: 'GOVERNANCE', days: 14 }, present, NOW)).toBeUndefined();
  });
});
