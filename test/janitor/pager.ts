import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitFor } from '../bed/wait.ts';

/** Plays the people on call: what SNS sends over HTTP arrives here. */
export interface Pager {
  readonly endpoint: string;
  /** The subject of the next page, in the order of their arrival. */
  next(): Promise<string>;
  close(): Promise<void>;
}

export async function startPager(): Promise<Pager> {
  const subjects: string[] = [];
  const server = createServer(async (request, response) => {
    const { Subject } = JSON.parse(await text(request)) as { readonly Subject?: string };
    // SNS asks for a confirmation first.
    if (Subject !== undefined) subjects.push(Subject);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/`,
    next: async () => {
      await waitFor('a page', () => subjects.length > 0);
      return subjects.shift() ?? '';
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
