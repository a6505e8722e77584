import { readFile } from 'node:fs/promises';
import { Client } from 'pg';

/**
 * What the database's server spends on some work, in milliseconds of one core: the sum of what each backend
 * that the work has had tells of itself (Linux) before it ends. The server runs on this machine.
 * @throws Error where a backend is not to be seen here
 */
export async function databaseCpu<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly milliseconds: number; readonly sessions: number }> {
  const end = Client.prototype.end as (this: Client) => Promise<void>;
  const spent: number[] = [];
  const watched = async function (this: Client & { readonly processID?: number }): Promise<void> {
    spent.push(await processorMs(this.processID ?? 0));
    await end.call(this);
  };
  Client.prototype.end = watched as typeof Client.prototype.end;
  try {
    const result = await work();
    return { result, milliseconds: spent.reduce((sum, each) => sum + each, 0), sessions: spent.length };
  } finally {
    Client.prototype.end = end as typeof Client.prototype.end;
  }
}

/** https://docs.kernel.org/scheduler/sched-stats.html: nanoseconds on a core, first. */
async function processorMs(pid: number): Promise<number> {
  const [onCore = '0'] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(onCore) / 1_000_000;
}
