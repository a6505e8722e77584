import { z } from 'zod';
import { type ConnectClient, connectClient } from '../clients/connect.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import type { MsrApiEndpoint } from '../clients/msr-api.ts';
import type { Environment } from '../core/environment.ts';
import { STRATEGY_NAMES, type StrategyName } from '../core/strategy-name.ts';
import {
  type DatabaseServers,
  readApiSettings,
  readConnectSettings,
  readDatabaseSettings,
  readKafkaSettings,
  readVaultSettings,
  type Settings,
} from '../settings/settings.ts';
import { sinkConnect } from '../sink/sink-connect.ts';
import { openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import { type Look, look } from './look.ts';

/** Each part of the settings by itself: a variable that is missing hides only what needs it. */
export interface DoctorSettings {
  readonly database: Look<DatabaseServers & Pick<Settings, 'maintenanceTimeZone'>>;
  readonly kafka: Look<KafkaSettings>;
  readonly connect: Look<Pick<Settings, 'connect' | 'sinkConnector' | 'connectorSecrets'>>;
  readonly vault: Look<Vault>;
  readonly api: Look<MsrApiEndpoint | undefined>;
  readonly pgBin: string | undefined;
  /** MSR_STRATEGY. */
  readonly strategy: StrategyName;
}

export async function readDoctorSettings(env: Environment): Promise<DoctorSettings> {
  const vault = await look(async () => readVaultSettings(env));
  return {
    database: await look(async () => readDatabaseSettings(env)),
    kafka: await look(async () => readKafkaSettings(env)),
    connect: await look(async () => readConnectSettings(env)),
    vault: 'seen' in vault ? await look(async () => openVault(vault.seen.vaultUrl)) : vault,
    api: await look(async () => readApiSettings(env)),
    pgBin: env['MSR_PG_BIN'],
    strategy: z.enum(STRATEGY_NAMES).catch('dump').parse(env['MSR_STRATEGY']),
  };
}

/**
 * Kafka Connect as backups and recoveries ask it. Without Kafka or the vault, whose own checks tell what
 * is wrong with them, as far as its worker answers by itself.
 * @throws what hides its settings
 */
export function connectOf({ connect, kafka, vault }: DoctorSettings): ConnectClient {
  if ('error' in connect) throw connect.error;
  if ('error' in kafka || 'error' in vault) return connectClient(connect.seen.connect);
  return sinkConnect({ settings: { ...connect.seen, kafka: kafka.seen }, vault: vault.seen });
}

export interface DoctorContext {
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly now: Date;
  /**
   * Whether backups and recoveries run on this machine: then it needs PostgreSQL's
   * programs and room for a dump.
   */
  readonly runsHere: boolean;
}
