import { chmod, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, OperatorError } from '../core/operator-error.ts';
import { draftOf, syncDirectory, writeSynced } from '../vault/durable-files.ts';

/** node_exporter runs as a user of its own, whatever the umask of whoever writes for it. */
const READABLE_BY_ALL = 0o644;

/**
 * Writes a file for node_exporter's textfile collector: it appears whole, and nothing that the collector
 * would read is there until then.
 * @throws OperatorError where it cannot be written, or where node_exporter would not read it
 */
export async function writeTextfile(file: string, content: string): Promise<void> {
  if (!file.endsWith('.prom')) {
    throw new OperatorError(`node_exporter reads no file of the name ${file}`, {
      hint: 'let its name end in .prom, in the directory of --collector.textfile.directory',
    });
  }
  const draft = draftOf(file);
  try {
    await writeSynced(draft, content);
    await chmod(draft, READABLE_BY_ALL);
    await rename(draft, file);
    await syncDirectory(dirname(file));
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw new OperatorError(`${file} cannot be written: ${messageOf(cause)}`, {
      hint: 'give a directory that is there and that msr may write to; node_exporter needs to read it',
      cause,
    });
  }
}
