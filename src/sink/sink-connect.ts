import { type ConnectClient, ConnectError, connectClient } from '../clients/connect.ts';
import { apacheVersion, type FreezeMeans, freezeMeans } from '../clients/connect-version.ts';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { failpoint } from '../core/failpoint.ts';
import type { Offsets } from '../core/offsets.ts';
import type { Settings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';
import { createUnlessThere } from './create-connector.ts';
import { forgetKeptSink, keepSink, readKeptSink } from './kept-sink.ts';
import { requireOwnGroup } from './own-group.ts';
import { groupOf } from './sink-config.ts';

export interface SinkConnectDeps {
  readonly settings: Pick<Settings, 'connect' | 'kafka' | 'sinkConnector' | 'connectorSecrets'>;
  /** Holds a sink's configuration while it is deleted. */
  readonly vault: Vault;
}

/**
 * Kafka Connect for whoever stops a sink, sets its offsets and lets it run again: the same calls
 * whatever the worker is capable of. One of Apache Kafka 3.6 does all of it itself. One of 3.5 stops it,
 * and the offsets of its group are set by Kafka. Before that a sink is stopped by deleting it, with its
 * configuration in the vault first, and resumed by creating it again; until then it is told as STOPPED,
 * by whichever process asks.
 * @param rest @default the worker that the settings name
 */
export function sinkConnect(
  deps: SinkConnectDeps,
  rest: ConnectClient = connectClient(deps.settings.connect),
): ConnectClient {
  const { settings, vault } = deps;
  const deletion = byDeletion(deps, rest);
  const { orKept } = deletion;
  let means: FreezeMeans | undefined;
  const known = async () => {
    means ??= freezeMeans(await rest.worker());
    return means;
  };
  const tellsVersion = async () => apacheVersion((await rest.worker()).version) !== undefined;
  const config = (connector: string) =>
    orKept(
      connector,
      () => rest.config(connector),
      (kept) => kept,
    );
  const status: ConnectClient['status'] = (connector) =>
    orKept(
      connector,
      () => rest.status(connector),
      () => ({ connector: 'STOPPED', tasks: [] }),
    );
  const group = byKafka(settings, { config, status });
  return {
    ...rest,
    ...{ config, status },
    configs: async () => {
      const present = await rest.configs();
      const name = settings.sinkConnector;
      if (present.some((one) => one.name === name)) return present;
      const kept = await readKeptSink(vault, name, settings.connectorSecrets);
      return kept === undefined ? present : [...present, { name, config: kept }];
    },
    stop: async (connector) => {
      if ((await known()) === 'deletion') return await deletion.stop(connector);
      try {
        await rest.stop(connector);
      } catch (error) {
        if (!isAnswer(error, 404, 405)) throw error;
        // Either it is deleted already, or a worker that tells no version knows no STOP. One that is new
        // enough knows it: something between refuses the call, and nothing is deleted for that.
        const isThere = await orKept(
          connector,
          () => rest.config(connector).then(() => true),
          () => false,
        );
        if (isThere && (await tellsVersion())) throw error;
        means = 'deletion';
        await deletion.stop(connector);
      }
    },
    resume: deletion.resume,
    pause: async (connector) => {
      // One that was deleted runs for a moment: before 3.7 no worker creates a connector that stands
      // still.
      await deletion.createAgain(connector);
      await rest.pause(connector);
    },
    offsets: async (connector) => {
      if ((await known()) === 'deletion') return await group.offsets(connector);
      return await orKept(
        connector,
        () => rest.offsets(connector),
        () => undefined,
      ).then((offsets) => offsets ?? group.offsets(connector));
    },
    alterOffsets: async (connector, offsets) => {
      if ((await known()) !== 'REST') return await group.set(connector, offsets);
      const answered = await orKept(
        connector,
        () => rest.alterOffsets(connector, offsets).then(() => true),
        () => false,
      );
      if (!answered) await group.set(connector, offsets);
    },
    putConfig: async (connector, changed) => {
      const present = await orKept(
        connector,
        () => rest.config(connector),
        () => undefined,
      );
      if (present !== undefined) return await rest.putConfig(connector, changed);
      failpoint('sink-config.before');
      await keepSink(vault, connector, changed, settings.connectorSecrets);
      failpoint('sink-config.after');
    },
  };
}

/** A STOP for workers that have none. */
function byDeletion({ settings: { kafka, connectorSecrets }, vault }: SinkConnectDeps, rest: ConnectClient) {
  const keptHere = new Set<string>();
  const kept = (connector: string) => readKeptSink(vault, connector, connectorSecrets);

  /**
   * What Connect answers, or what is made of the configuration of a sink that was deleted to stop it.
   */
  async function orKept<T, K>(
    connector: string,
    ask: () => Promise<T>,
    answer: (config: Record<string, string>) => K,
  ): Promise<T | K> {
    try {
      return await ask();
    } catch (error) {
      if (!isAnswer(error, 404)) throw error;
      const config = await kept(connector);
      if (config === undefined) throw error;
      return answer(config);
    }
  }

  /** @returns whether it was there, or is now, and nothing was kept of it */
  async function createAgain(connector: string): Promise<boolean> {
    const config = await kept(connector);
    if (config === undefined) return false;
    const created = await createUnlessThere(rest, { name: connector, config }, 'RUNNING');
    await forgetKeptSink(vault, connector);
    keptHere.delete(connector);
    return created;
  }

  return {
    orKept,
    createAgain,
    stop: async (connector: string) => {
      const config = await orKept(
        connector,
        () => rest.config(connector),
        () => undefined,
      );
      if (config === undefined) return;
      // Whoever creates it again meanwhile may do so as it was before a recovery led it elsewhere.
      if (!keptHere.has(connector)) {
        await requireOwnGroup({ connect: rest, kafka }, connector, groupOf(connector, config));
        await keepSink(vault, connector, config, connectorSecrets);
        keptHere.add(connector);
      }
      await orKept(
        connector,
        () => rest.delete(connector),
        () => undefined,
      );
    },
    resume: async (connector: string) => {
      if (!(await createAgain(connector))) await rest.resume(connector);
    },
  };
}

/** The offsets of a sink, for workers that do not tell or set them. */
function byKafka(
  { kafka }: Pick<Settings, 'kafka'>,
  { config, status }: Pick<ConnectClient, 'config' | 'status'>,
) {
  return {
    offsets: async (connector: string): Promise<Offsets> => {
      const group = groupOf(connector, await config(connector));
      return await withKafkaAdmin(kafka, (admin) => admin.groupCommits(group));
    },
    /** Refuses in Connect's own words, so that its callers need not know who answers. */
    set: async (connector: string, offsets: Offsets): Promise<void> => {
      const group = groupOf(connector, await config(connector));
      const { connector: state } = await status(connector);
      if (state !== 'STOPPED') {
        throw refusal(400, 'Connectors must be in the STOPPED state before their offsets can be modified');
      }
      await withKafkaAdmin(kafka, async (admin) => {
        const members = await admin.groupState(group);
        if (members !== 'Empty' && members !== 'Dead') {
          throw refusal(409, `the group ${group} is ${members}: tasks of ${connector} haven't stopped yet`);
        }
        failpoint('offset-alter.before');
        await admin.setGroupOffsets(group, offsets);
        failpoint('offset-alter.after');
      });
    },
  };
}

function refusal(status: number, fact: string): ConnectError {
  return new ConnectError(status, fact, { hint: 'run the command again' });
}

function isAnswer(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ConnectError && statuses.includes(error.status);
}
