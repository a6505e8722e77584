/** Numbers in [0, 1) that depend on the seed alone (mulberry32), so that a printed seed repeats a failure. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A seed for a run that was not given one: MSR_BED_SEED repeats an earlier run. It is
 * printed where it is used.
 */
export function chooseSeed(): number {
  const given = process.env['MSR_BED_SEED'];
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}
