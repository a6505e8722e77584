/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;
export const MAX_OBJECT_BYTES = 5 * 2 ** 40;
const MAX_PART_BYTES = 5 * 2 ** 30;

const MIB = 2 ** 20;
/** Well above S3's 5 MiB: a request per 16 MiB costs little of a connection's time. */
const SMALLEST_PART = 16 * MIB;
/** Nobody knows the size: these carry up to 390 GiB before parts begin to grow. */
const PART_OF_UNKNOWN = 64 * MIB;
/** Parts of the first size, which hold all that was expected. */
const EVEN_PARTS = 6_000;
/** After those, every so many parts are twice as large as the ones before: an estimate may be far too low. */
const GROWTH_STEP = 500;

/**
 * The size of a part, in bytes. An upload must end within 10,000 parts whatever the estimate was worth, and
 * parts may differ in size: what exceeds the estimate goes into parts that grow.
 * @param number from 1 to 10,000
 * @param expectedBytes of the whole object, where somebody estimated it
 */
export function partBytes(number: number, expectedBytes: number | undefined): number {
  const first =
    expectedBytes === undefined
      ? PART_OF_UNKNOWN
      : Math.max(SMALLEST_PART, Math.ceil(expectedBytes / EVEN_PARTS));
  const doublings = Math.max(0, Math.ceil((number - EVEN_PARTS) / GROWTH_STEP));
  return Math.min(first * 2 ** doublings, MAX_PART_BYTES);
}

/** What parts may hold in memory together, one that is being filled aside. */
const MEMORY_BYTES = 256 * MIB;
const MOST_AT_ONCE = 4;

/** How many parts of this size travel at once. */
export function partsAtOnce(bytes: number): number {
  return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MEMORY_BYTES / bytes)));
}
