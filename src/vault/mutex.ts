import { randomUUID } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { localProbe, type ProcessIdentity, processFate, processIdentity } from '../core/process-identity.ts';
import { hasCode, VaultWriteError } from './errors.ts';

/** A section lasts milliseconds; whoever waits longer than this has met something that is not a section. */
const WAIT_MS = 20_000;
/** A holder that cannot be seen (another host) and has not let go for this long is taken for dead. */
const UNSEEN_HOLDER_MS = 10_000;

const holderSchema = z.object({
  id: z.string(),
  host: z.string(),
  machine: z.string(),
  pid: z.int(),
  processStart: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/**
 * Runs a short section that no other process runs at the same time, on any file system that
 * knows hard links. The holder's file is created with its content at once (link of a finished
 * file), so nobody reads half of it.
 *
 * A dead holder's file is removed only by whoever holds the mutex `<file>.<id of the dead holder>`:
 * two processes that find it dead cannot both remove it, which would let the second one remove the
 * first one's new file. That inner mutex is broken in the same way, so a crash at any point leaves
 * nothing that stands for ever.
 * @throws VaultWriteError where a living holder does not let go within 20 s
 */
export async function withMutex<T>(file: string, section: () => Promise<T>): Promise<T> {
  const id = await take(file);
  try {
    return await section();
  } finally {
    await removeIfHeldBy(file, id);
  }
}

async function take(file: string): Promise<string> {
  const id = randomUUID();
  const deadline = performance.now() + WAIT_MS;
  let unseen: { readonly id: string; readonly since: number } | undefined;
  while (!(await create(file, { id, ...processIdentity() }))) {
    const holder = await readHolder(file);
    if (holder === undefined) continue;
    if (holder.id !== unseen?.id) unseen = { id: holder.id, since: performance.now() };
    if (isGone(holder, performance.now() - unseen.since)) {
      await withMutex(`${file}.${holder.id}`, () => removeIfHeldBy(file, holder.id));
    } else if (performance.now() > deadline) {
      throw stuck(file, holder);
    } else {
      await pause(5 + Math.random() * 20);
    }
  }
  return id;
}

function isGone(holder: Holder, unseenForMs: number): boolean {
  const fate = processFate(holder, localProbe);
  return fate === 'dead' || (fate === 'unknown' && unseenForMs > UNSEEN_HOLDER_MS);
}

async function create(file: string, holder: ProcessIdentity & { id: string }): Promise<boolean> {
  const draft = join(dirname(file), `.msr-tmp-${basename(file)}-${holder.id}`);
  await writeFile(draft, JSON.stringify(holder), { flag: 'wx' });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // Released between our attempt and our look: try again.
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new VaultWriteError(`${file} is not a mutex of msr`, {
      hint: 'look what it is, then delete the file; it guards documents for milliseconds only',
      cause: error,
    });
  }
}

async function removeIfHeldBy(file: string, id: string): Promise<void> {
  if ((await readHolder(file))?.id === id) await unlink(file);
}

function stuck(file: string, holder: Holder): VaultWriteError {
  return new VaultWriteError(
    `${file} has been held for ${WAIT_MS / 1000} s by process ${holder.pid} on ${holder.host}`,
    { hint: `see what process ${holder.pid} does there; if it hangs, end it and run the command again` },
  );
}
