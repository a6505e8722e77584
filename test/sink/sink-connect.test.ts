import { beforeEach, describe, expect, it } from 'vitest';
import { type ConnectClient, ConnectError } from '../../src/clients/connect.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { keepSink, readKeptSink } from '../../src/sink/kept-sink.ts';
import { sinkConnect } from '../../src/sink/sink-connect.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { type FakeConnect, fakeConnect, status } from '../freeze/fake-connect.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const CONFIG = { 'connector.class': 'x.Sink', 'connection.url': 'jdbc:postgresql://db:5432/msr' };

function refusal(code: number): ConnectError {
  return new ConnectError(code, `answered ${code}`, { hint: 'none' });
}

interface OldWorker {
  readonly rest: FakeConnect;
  /** What it keeps of the sink; undefined: it has none. */
  present: Record<string, string> | undefined;
}

/** A worker that refuses a STOP as an old one does. */
function oldWorker(version: string, refuses = 404): OldWorker {
  const worker: OldWorker = { present: CONFIG, rest: fakeConnect() };
  const there = <T>(answer: (config: Record<string, string>) => T) => {
    return async (): Promise<T> => {
      if (worker.present === undefined) throw refusal(404);
      return answer(worker.present);
    };
  };
  const rest = fakeConnect({
    worker: async () => ({ version, kafkaClusterId: 'cluster' }),
    config: there((config) => config),
    configs: async () => (worker.present === undefined ? [] : [{ name: 'sink', config: worker.present }]),
    // Nothing runs, so nobody asks Kafka whose group it is.
    status: there(() => status('PAUSED')),
    stop: async () => {
      throw refusal(refuses);
    },
    delete: there(() => {
      worker.present = undefined;
    }),
    create: async ({ config }) => {
      if (worker.present !== undefined) {
        throw new ConnectError(409, 'Connector sink already exists', { hint: 'none' });
      }
      worker.present = { ...config };
    },
  });
  return Object.assign(worker, { rest });
}

describe('a sink whose worker knows no STOP', () => {
  let vault: Vault;
  let open: (worker: OldWorker) => ConnectClient;

  beforeEach(() => {
    const made = temporaryVault();
    vault = made.vault;
    const settings = readSettings({
      MSR_DATABASE_URL: 'postgres://u:p@localhost/msr',
      MSR_VAULT_URL: made.url,
      MSR_KAFKA_BROKERS: '127.0.0.1:1',
      MSR_CONNECT_URL: 'http://connect.test',
      MSR_SINK_CONNECTOR: 'sink',
    });
    open = ({ rest }) => sinkConnect({ settings, vault }, rest);
  });

  it.each([
    ['3.4.1', 404],
    ['unknown', 404],
    ['unknown', 405],
  ])('of version %s (%s) is deleted, told as STOPPED by anyone, and created again', async (version, code) => {
    const worker = oldWorker(version, code);
    await open(worker).stop('sink');
    expect(worker.present).toBeUndefined();
    const other = open(worker);
    expect(await other.status('sink')).toEqual(status('STOPPED'));
    expect(await other.config('sink')).toEqual(CONFIG);
    expect(await other.configs()).toEqual([{ name: 'sink', config: CONFIG }]);
    await other.stop('sink');
    await other.resume('sink');
    expect(worker.present).toEqual(CONFIG);
    expect(await readKeptSink(vault, 'sink')).toBeUndefined();
    expect(await other.status('sink')).toEqual(status('PAUSED'));
  });

  it.each([404, 405])(
    'is not deleted where a worker that knows a STOP is answered for with %i',
    async (code) => {
      const worker = oldWorker('3.9.0', code);
      await expect(open(worker).stop('sink')).rejects.toThrow(`answered ${code}`);
      expect(worker.present).toEqual(CONFIG);
    },
  );

  it('comes back with the configuration that it was given meanwhile', async () => {
    const worker = oldWorker('3.4.1');
    const connect = open(worker);
    await connect.stop('sink');
    const elsewhere = { ...CONFIG, 'connection.url': 'jdbc:postgresql://new:5432/msr' };
    await connect.putConfig('sink', elsewhere);
    // A reconciler has put the old one back: it is deleted again, and not taken over.
    worker.present = CONFIG;
    await connect.stop('sink');
    await connect.resume('sink');
    expect(worker.present).toEqual(elsewhere);
  });

  it('that is there again is only resumed, and what was kept is forgotten', async () => {
    const worker = oldWorker('3.4.1');
    await keepSink(vault, 'sink', { ...CONFIG, 'tasks.max': '9' }, {});
    await open(worker).resume('sink');
    expect(worker.rest.calls).toEqual(['resume']);
    expect(worker.present).toEqual(CONFIG);
    expect(await readKeptSink(vault, 'sink')).toBeUndefined();
  });

  it('is absent where nothing was kept, and no STOP is made of that', async () => {
    const worker = oldWorker('3.4.1');
    worker.present = undefined;
    const connect = open(worker);
    await expect(connect.status('sink')).rejects.toMatchObject({ status: 404 });
    await expect(connect.stop('sink')).rejects.toMatchObject({ status: 404 });
  });

  it('is not asked for offsets to be set while it is there', async () => {
    const offsets = [{ topic: 't', partition: 0, offset: 7 }];
    await expect(open(oldWorker('3.4.1')).alterOffsets('sink', offsets)).rejects.toThrow('STOPPED state');
    await expect(open(oldWorker('3.5.2')).alterOffsets('sink', offsets)).rejects.toThrow('STOPPED state');
  });
});
