import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OperatorError } from '../../core/operator-error.ts';
import type { Vault } from '../../vault/vault.ts';
import type { QuarantineIndex } from './quarantine-index.ts';
import type { RecordAddress } from './record-name.ts';
import { parseSetAsideLine, type SetAsideRecord } from './set-aside-record.ts';

type QuarantineFile = QuarantineIndex['files'][number];

/** A file of the quarantine is not what was written. */
class DamagedQuarantineError extends OperatorError {
  override readonly name = 'DamagedQuarantineError';
}

/**
 * What a recovery has set aside, file by file, in order. A file is read to its end and compared with its
 * digest before the next one is begun.
 * @param wanted only these; undefined: all. Files that cannot hold one of them are not read
 * @throws DamagedQuarantineError, VaultReadError
 */
export async function* readSetAside(
  vault: Vault,
  { files }: QuarantineIndex,
  wanted?: readonly RecordAddress[],
): AsyncGenerator<SetAsideRecord> {
  const keys = wanted && new Set(wanted.map(keyOf));
  for (const file of files) {
    if (wanted !== undefined && !wanted.some((address) => mayHold(file, address))) continue;
    for await (const record of readFile(vault, file)) {
      if (keys === undefined || keys.has(keyOf(record))) yield record;
    }
  }
}

function keyOf({ topic, partition, offset }: RecordAddress): string {
  return JSON.stringify([topic, partition, offset]);
}

function mayHold({ stretches }: QuarantineFile, { topic, partition, offset }: RecordAddress): boolean {
  return stretches.some(
    (each) =>
      each.topic === topic && each.partition === partition && each.first <= offset && offset <= each.last,
  );
}

async function* readFile(vault: Vault, { path, sha256 }: QuarantineFile): AsyncGenerator<SetAsideRecord> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const packed = await vault.readArtifact(path);
  const unpacked = packed.compose(hashing).compose(createGunzip());
  try {
    for await (const line of linesOf(unpacked as AsyncIterable<Buffer>)) yield parseSetAsideLine(line);
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw damaged(vault, path, cause);
  }
  if (hash.digest('hex') !== sha256) throw damaged(vault, path);
}

function damaged(vault: Vault, path: string, cause?: unknown): DamagedQuarantineError {
  return new DamagedQuarantineError(`${path} in the vault ${vault.url} is not what was written`, {
    hint: 'the live database may hold the same in msr_recovery.quarantine; see who has changed the vault',
    cause,
  });
}

const NEWLINE = 0x0a;

/** By line feeds alone: a text of JSON may hold other separators of lines. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString();
      parts = [];
      from = end + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield Buffer.concat(parts).toString();
}
