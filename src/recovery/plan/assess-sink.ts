import { type ConnectClient, ConnectError } from '../../clients/connect.ts';
import { cannotCreateStopped } from '../../clients/connect-version.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { requireFreezable } from '../../sink/freezable.ts';
import { parseSinkConfig, type SinkConfig } from '../../sink/sink-config.ts';
import type { PipelineNow } from '../pipeline/gaps.ts';
import type { Assessment } from './assessment.ts';

export interface SinkFinding {
  readonly sink: Assessment['sink'];
  /** Both absent where it is not understood, or Connect does not answer: then nothing can be recovered. */
  readonly config?: SinkConfig;
  /** As Connect holds it; as the backup does, without its secrets, where Connect has lost it. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** What else Connect has, where it does not have the sink. */
  readonly connect?: Pick<PipelineNow, 'connectors' | 'plugins' | 'lacks'>;
}

/** The sink as Kafka Connect has it; what keeps it from being replayed is a fact, not an error. */
export async function assessSink(connect: ConnectClient, settings: Settings): Promise<SinkFinding> {
  const { sinkConnector: connector, sinkIsolation: isolation } = settings;
  let state = 'unreachable';
  try {
    const present = await configIfThere(connect, connector);
    if (present === undefined) return await absentSink(connect, connector);
    state = (await connect.status(connector)).connector;
    await requireFreezable(connect, settings, connector);
    const config = parseSinkConfig(connector, present, { isolation });
    const sink = { connector, state, understood: true, follows: false, facts: [`${connector} is ${state}`] };
    return { sink, config, configuration: present };
  } catch (error) {
    return { sink: { connector, state, understood: false, follows: false, facts: [factOf(error)] } };
  }
}

/** undefined: Connect answers, and has no such connector. A refusal is never taken for that. */
async function configIfThere(
  connect: ConnectClient,
  connector: string,
): Promise<Record<string, string> | undefined> {
  try {
    return await connect.config(connector);
  } catch (error) {
    if (error instanceof ConnectError && error.status === 404) return undefined;
    throw error;
  }
}

async function absentSink(connect: ConnectClient, connector: string): Promise<SinkFinding> {
  // What answers 404 to everything is no Kafka Connect.
  const worker = await connect.worker();
  const names = (await connect.configs()).map(({ name }) => name);
  const others = names.length === 0 ? 'no connector at all' : names.join(', ');
  const fact = `Kafka Connect at ${connect.url} has no ${connector}, but ${others}`;
  const plugins = (await connect.plugins()).map((plugin) => [plugin.class, plugin.kind] as const);
  const lacks = cannotCreateStopped(worker);
  return {
    sink: { connector, state: 'absent', understood: false, follows: false, facts: [fact] },
    connect: { connectors: names, plugins: new Map(plugins), ...(lacks === undefined ? {} : { lacks }) },
  };
}

/** One that Connect has lost is read as the backup describes it. Pure. */
export function asDescribed(
  found: SinkFinding,
  { sinkConnector: connector, sinkIsolation: isolation }: Settings,
  { id, connectors }: Pick<Manifest, 'id' | 'connectors'>,
): SinkFinding {
  if (found.connect === undefined) return found;
  const configuration = connectors.find(({ name }) => name === connector)?.config;
  const also = (fact: string) => ({ ...found, sink: { ...found.sink, facts: [...found.sink.facts, fact] } });
  if (configuration === undefined) {
    return also(`nor does the backup ${id} describe it: check MSR_SINK_CONNECTOR`);
  }
  try {
    const config = parseSinkConfig(connector, configuration, { isolation });
    return { ...found, sink: { ...found.sink, understood: true }, config, configuration };
  } catch (error) {
    return also(factOf(error));
  }
}

/** An operator's fact; anything else is a fault of ours and no state of the world. */
export function factOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  throw error;
}
