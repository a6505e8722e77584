import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a pooler between client and server does to a session. */
export interface PoolerHabits {
  /** PgBouncer with `ignore_startup_parameters = options`: accepted, and forgotten. */
  readonly ignoresOptions?: boolean;
  /**
   * A pooler answers for the session with a process number of its own, since the server's
   * is not the client's alone.
   */
  readonly ownProcessNumber?: boolean;
  /** PgBouncer without it. */
  readonly refusesOptions?: boolean;
}

export interface PlayedPooler {
  readonly port: number;
  stop(): Promise<void>;
}

/** Passes a PostgreSQL server's connections on, as a pooler with these habits. Without TLS. */
export async function playPooler(serverUrl: string, habits: PoolerHabits): Promise<PlayedPooler> {
  const { hostname, port } = new URL(serverUrl);
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.once('data', (startup: Buffer) => {
      const asked = parametersOf(startup);
      if (habits.refusesOptions === true && asked.has('options')) {
        client.end(fatal('unsupported startup parameter: options'));
        return;
      }
      if (habits.ignoresOptions === true) asked.delete('options');
      upstream.write(startupOf(startup, asked));
      client.pipe(upstream);
    });
    if (habits.ownProcessNumber !== true) upstream.pipe(client);
    else passWithOtherProcess(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Length, protocol, then names and values, each ended by a NUL. */
function parametersOf(startup: Buffer): Map<string, string> {
  const words = startup
    .subarray(8)
    .toString()
    .split('\0')
    .filter((word, index) => word !== '' || index % 2 === 1);
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2)
    found.set(words[index] ?? '', words[index + 1] ?? '');
  found.delete('');
  return found;
}

function startupOf(startup: Buffer, parameters: ReadonlyMap<string, string>): Buffer {
  const text = [...parameters].map(([name, value]) => `${name}\0${value}\0`).join('');
  const body = Buffer.concat([startup.subarray(4, 8), Buffer.from(`${text}\0`)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

function fatal(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Message by message, with another process number in BackendKeyData. */
function passWithOtherProcess(upstream: Socket, client: Socket): void {
  let held = Buffer.alloc(0);
  upstream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length > held.readInt32BE(1)) {
      const message = held.subarray(0, 1 + held.readInt32BE(1));
      held = held.subarray(message.length);
      if (message.toString('latin1', 0, 1) === 'K') message.writeInt32BE(424_242, 5);
      client.write(message);
    }
  });
}
