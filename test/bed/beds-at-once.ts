/**
 * How many files of engine tests run at once, each with a bed of its own (MSR_BEDS, 1 unless told): one file
 * alone waits for its engines half of the time. A bed that is kept (MSR_BED) is one.
 * @throws RangeError for anything but a whole number from 1 on
 */
export function bedsAtOnce(): number {
  const { MSR_BED: kept = '', MSR_BEDS: count = '' } = process.env;
  if (kept !== '' || count === '') return 1;
  if (!/^[1-9]\d?$/.test(count))
    throw new RangeError(`MSR_BEDS is '${count}': a whole number from 1 on is meant`);
  return Number(count);
}
