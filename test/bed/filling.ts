import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a machine gets once, as it is announced. */
export interface Download {
  /** With its version and where it comes from. */
  readonly what: string;
  /** At its largest, on disk: what is built here has its modules and its build's cache beside it. */
  readonly megabytes: number;
  /** About how long it takes on two cores and a fast line. */
  readonly seconds: number;
}

export interface Telling {
  readonly tell: (line: string) => void;
  readonly everyMs: number;
}

const ALOUD: Telling = { tell: (line) => console.error(line), everyMs: 5_000 };

/**
 * Says what is fetched or built into a directory before that begins, how far it is
 * while it goes on, and its end.
 */
export async function toldFilling(
  { what, megabytes, seconds }: Download,
  dir: string,
  fill: (dir: string) => Promise<void>,
  { tell, everyMs }: Telling = ALOUD,
): Promise<void> {
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`;
  tell(`bed: getting ${what}, once: ${megabytes} MB, about ${seconds} s`);
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const tick = async () => {
    const asked = performance.now();
    const present = await megabytesIn(dir);
    if (ended) return;
    // Maven fetches into a place of its own, and copies at the end.
    const progress = present === 0 ? 'under way' : `${present} of about ${megabytes} MB`;
    tell(`bed: ${what}: ${progress} after ${elapsed()}`);
    // Counting ten thousands of files is work, too: it takes no more than a twentieth of the machine.
    timer = setTimeout(tick, Math.max(everyMs, 20 * (performance.now() - asked)));
  };
  timer = setTimeout(tick, everyMs);
  try {
    await fill(dir);
  } finally {
    ended = true;
    clearTimeout(timer);
  }
  tell(`bed: ${what}: there after ${elapsed()}`);
}

/** Files come and go while they are counted: what is gone counts nothing. */
async function megabytesIn(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6);
}
