import { isDenied } from '../clients/kafka/kafka-denied.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';
import { type AclNames, aclCommands, optionalAcls, requiredAcls } from './kafka-acls.ts';
import { checkOfError, type Look, NotReachedError, seenOf } from './look.ts';
import type { KafkaFacts } from './look-at-kafka.ts';

/** What the commands name that an operator runs. */
export interface KafkaAccess {
  /** The sink's topics and group; undefined where neither Connect nor a backup says. */
  readonly names: AclNames | undefined;
  readonly settings: KafkaSettings | undefined;
}

/** Kafka as the user of this MSR's recovery sees it. Pure. */
export function kafkaChecks(kafka: Look<KafkaFacts>, access: KafkaAccess): DoctorCheck[] {
  if ('error' in kafka) {
    const notReached = new NotReachedError(kafka.error);
    return [
      checkOfError('kafka', kafka.error),
      checkOfError('kafka topics', notReached),
      checkOfError('kafka rights', notReached),
    ];
  }
  const facts = kafka.seen;
  return [
    brokerCheck(facts),
    topicCheck(facts),
    ...identityCheck(facts),
    rightsCheck(facts, access),
    ...valuesCheck(facts),
    groupCheck(facts),
  ];
}

function brokerCheck({ brokers, clusterId }: KafkaFacts): DoctorCheck {
  const id = 'seen' in clusterId ? `cluster ${clusterId.seen}` : 'a cluster that does not tell its id';
  return ok('kafka', `${brokers.join(', ')}: ${id}`);
}

function topicCheck({ topics }: KafkaFacts): DoctorCheck {
  const name = 'kafka topics';
  if ('error' in topics) return checkOfError(name, topics.error);
  const list = topics.seen.map((topic) => `${topic.name} (${topic.partitions.length})`).join(', ');
  return ok(name, `the sink reads ${list}`);
}

/**
 * Without ids a topic that was deleted and created anew looks like the one before, once it is long enough.
 */
function identityCheck({ topics }: KafkaFacts): DoctorCheck[] {
  const unidentified = (seenOf(topics) ?? []).filter(({ id }) => id === null).map(({ name }) => name);
  if (unidentified.length === 0) return [];
  return [
    {
      name: 'topic ids',
      outcome: 'warning',
      fact: `the brokers tell no ids of ${unidentified.join(', ')} (Metadata 10 brings them): whether a topic was created anew since a backup is known only by the last records before it`,
      hint: 'after a topic was deleted and created anew take a backup at once: where nothing is left to compare, older ones would replay other records at their offsets',
    },
  ];
}

/** All rights at once: whoever may not describe a topic may not read it either. */
function rightsCheck(facts: KafkaFacts, access: KafkaAccess): DoctorCheck {
  const name = 'kafka rights';
  const { topics, settings, ends, reading, group, committed, storage, denied } = facts;
  const refused = [topics, settings, ends, reading, group, committed].flatMap((found) =>
    'error' in found && isDenied(found.error) ? [found.error] : [],
  );
  if (refused.length > 0) return refusedCheck(refused, access);
  const failed = [settings, ends, reading, committed].find((found) => 'error' in found);
  if (failed !== undefined && 'error' in failed) return checkOfError(name, failed.error);
  const sizes =
    'seen' in storage ? 'and the sizes of topics' : 'but not the sizes of topics, which are estimated';
  const read = 'seen' in reading && reading.seen === undefined ? 'the topics are empty' : 'a record was read';
  return ok(
    name,
    `topics, their settings and the group can be seen, ${sizes}; ${read}; ${creation(denied, access)}`,
  );
}

/** No failure: it is asked for after a loss of Kafka alone, and the plan then gives the commands. */
function creation(denied: KafkaFacts['denied'], { settings }: KafkaAccess): string {
  // The doctor's role is not that of the task which would create them.
  if (settings?.sasl !== undefined && !('username' in settings.sasl))
    return "creating topics is the task's right";
  if ('error' in denied) return 'whether topics may be created is not known';
  if (denied.seen.length === 0) return 'they could be created anew';
  return `${denied.seen.join(', ')} could NOT be created anew, as after a loss of Kafka (docs/kafka-acls.md)`;
}

/** Only what is found: that nothing can be read is told by the rights. */
function valuesCheck({ values }: KafkaFacts): DoctorCheck[] {
  return 'error' in values && !isDenied(values.error) ? [checkOfError('sink converter', values.error)] : [];
}

function refusedCheck(errors: readonly unknown[], { names, settings }: KafkaAccess): DoctorCheck {
  const check = checkOfError('kafka rights', errors[0]);
  const principal = `User:${settings?.sasl === undefined ? '<name>' : usernameOf(settings.sasl)}`;
  const bootstrap = settings?.brokers.join(',') ?? '<host:port>';
  if (names === undefined) return check;
  return {
    ...check,
    hint: 'run this as an administrator of Kafka (with --command-config where it asks for a login); docs/kafka-acls.md explains each',
    commands: aclCommands([...requiredAcls(names), ...optionalAcls(names)], principal, bootstrap),
  };
}

function usernameOf(sasl: NonNullable<KafkaSettings['sasl']>): string {
  return 'username' in sasl ? sasl.username : '<name>';
}

function groupCheck({ group, committed }: KafkaFacts): DoctorCheck {
  const name = 'sink group';
  if ('error' in group) return checkOfError(name, group.error);
  const partitions =
    'seen' in committed ? `${committed.seen.length} partitions committed` : 'commits not known';
  return ok(name, `${group.seen}, ${partitions}`);
}
