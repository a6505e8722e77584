import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port on loopback that leads to another one. Closed, it is a server that is stopped, to whoever asks. */
export interface Forwarder {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  close(): Promise<void>;
  /** The same port again. */
  open(): Promise<void>;
}

export async function startForwarder(target: number): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Either end may be cut off at any time: that is what this is for.
    socket.on('error', () => socket.destroy());
  };
  const accept = (from: Socket) => {
    const to = connect(target, '127.0.0.1');
    for (const socket of [from, to]) keep(socket);
    from.pipe(to).pipe(from);
    from.on('close', () => to.destroy());
    to.on('close', () => from.destroy());
  };
  let server = await listen(0, accept);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      const closed = server.listening ? once(server.close(), 'close') : undefined;
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    open: async () => {
      server = await listen(port, accept);
    },
  };
}

async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
