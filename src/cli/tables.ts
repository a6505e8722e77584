import Table from 'cli-table3';

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Aligned columns without borders or colours: good on a terminal, in a ticket and for `grep`. */
export function table(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  alignment: ReadonlyArray<'left' | 'right'> = [],
): string {
  const drawn = new Table({
    head: [...head],
    colAligns: [...alignment],
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(...rows.map((row) => [...row]));
  return withoutTrailingSpace(drawn.toString());
}

/** `name  value` lines. */
export function facts(entries: ReadonlyArray<readonly [name: string, value: string]>): string {
  const drawn = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(...entries.map((entry) => [...entry]));
  return withoutTrailingSpace(drawn.toString());
}

function withoutTrailingSpace(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
