/**
 * CRC-64/NVME of joined parts from the CRCs of the parts: S3 computes those while it takes the parts in, and
 * wants the whole object's at the end. Appending n zero bits to a message is a linear map of its CRC over
 * GF(2); the map of 2n bits is that of n bits applied twice (as zlib's crc32_combine does it for 32 bits).
 * Polynomial: NVM Express NVM Command Set 1.0, 5.2.1.3.4 (reflected).
 */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const BITS = 64;

/** A row an input bit: the output for that bit alone. */
type BitMap = readonly bigint[];

/** One zero bit appended. */
const SHIFT: BitMap = Array.from({ length: BITS }, (_, bit) =>
  bit === 0 ? POLYNOMIAL : 1n << BigInt(bit - 1),
);

const IDENTITY: BitMap = Array.from({ length: BITS }, (_, bit) => 1n << BigInt(bit));

function apply(map: BitMap, value: bigint): bigint {
  let result = 0n;
  for (let bit = 0, rest = value; rest !== 0n; bit += 1, rest >>= 1n) {
    if ((rest & 1n) === 1n) result ^= map[bit] ?? 0n;
  }
  return result;
}

/** `first`, then `then`. */
function composed(first: BitMap, then: BitMap): BitMap {
  return first.map((row) => apply(then, row));
}

/** So many zero bytes appended. */
function zeros(bytes: number): BitMap {
  let result: BitMap | undefined;
  let map = SHIFT;
  for (let bits = BigInt(bytes) * 8n; bits !== 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = result === undefined ? map : composed(result, map);
    map = composed(map, map);
  }
  return result ?? IDENTITY;
}

/** A part, with its checksum as S3 writes it: 8 bytes, big-endian, Base64. */
interface ChecksummedPart {
  readonly bytes: number;
  readonly crc64: string;
}

/** The checksum of the parts one after another, as S3 writes it. */
export function joinedCrc64(parts: readonly ChecksummedPart[]): string {
  // Nearly all parts have one size, and a map takes a thousand times as long to make as to apply.
  const maps = new Map<number, BitMap>();
  let whole = 0n;
  for (const { bytes, crc64 } of parts) {
    const map = maps.get(bytes) ?? zeros(bytes);
    maps.set(bytes, map);
    whole = apply(map, whole) ^ decode(crc64);
  }
  const result = Buffer.alloc(8);
  result.writeBigUInt64BE(whole);
  return result.toString('base64');
}

function decode(checksum: string): bigint {
  return Buffer.from(checksum, 'base64').readBigUInt64BE();
}
