import { escapeIdentifier, escapeLiteral } from 'pg';

type Configuration = Readonly<Record<string, string>>;

/** Debezium's names for 'read nothing before streaming', old and new. */
const NO_SNAPSHOT = ['never', 'no_data', 'schema_only', 'recovery', 'schema_only_recovery'];

/**
 * How what a source wrote into a Kafka that is lost can be told again: it has no position any more. Pure.
 * @param config as a backup holds it
 * @param id tells this signal from others
 */
export function reconcileRemark(connector: string, config: Configuration, id: string): string {
  const mode = config['snapshot.mode'];
  if (mode === undefined && !isDebezium(config)) {
    return `${connector} was created again, and Connect has no offsets of it: where it begins is its own business; compare its tables with what MSR holds`;
  }
  if (mode === undefined || !NO_SNAPSHOT.includes(mode)) {
    return `${connector} was created again, and Connect has no offsets of it: it reads its tables once more (snapshot.mode ${mode ?? 'initial'}), each row as an event with op r`;
  }
  return `${connector} was created again without offsets, and reads no snapshot (snapshot.mode ${mode}): what changed since the loss comes, what was lost does not. To have each row told again: ${signalSql(config, id)}`;
}

function isDebezium(config: Configuration): boolean {
  return (config['connector.class'] ?? '').startsWith('io.debezium.');
}

/** A list of tables may be one of patterns: Debezium takes those, too. */
function signalSql(config: Configuration, id: string): string {
  const table = config['signal.data.collection'];
  if (table === undefined) {
    return 'set signal.data.collection in it, and send it the signal execute-snapshot';
  }
  const collections = (config['table.include.list'] ?? '<schema.table>')
    .split(',')
    .map((name) => name.trim());
  const data = JSON.stringify({ 'data-collections': collections, type: 'incremental' });
  const name = table.split('.').map(escapeIdentifier).join('.');
  return `INSERT INTO ${name} (id, type, data) VALUES (${escapeLiteral(`msr-${id}`)}, 'execute-snapshot', ${escapeLiteral(data)})`;
}
