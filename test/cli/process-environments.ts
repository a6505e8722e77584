import { readdirSync, readFileSync } from 'node:fs';

/** A process that was seen, as the kernel shows it to its user. */
export interface SeenProcess {
  readonly command: readonly string[];
  readonly environment: string;
}

/**
 * Looks every few milliseconds which processes run a command of msr's own, until it is told to end.
 * @param words of the command line, for instance `guardian`
 * @returns ends the watch and tells what was seen
 */
export function watchProcesses(words: readonly string[]): () => SeenProcess[] {
  const seen = new Map<string, SeenProcess>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (seen.has(pid)) continue;
      const command = fields(pid, 'cmdline');
      const entry = command.findIndex((word) => /\/(msr\/index|bin\/msr)\.mjs$/.test(word));
      if (entry < 0 || !words.includes(command[entry + 1] ?? '')) continue;
      seen.set(pid, { command: command.slice(entry + 1), environment: fields(pid, 'environ').join('\n') });
    }
  };
  const timer = setInterval(look, 15);
  return () => {
    clearInterval(timer);
    return [...seen.values()];
  };
}

function fields(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    // It has ended since, or belongs to another user.
    return [];
  }
}
