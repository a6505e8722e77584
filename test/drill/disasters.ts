const DATABASE_DISASTERS = [
  'database-loss',
  'database-corruption',
  'configuration',
  'point-in-time',
  'partial',
  'zone',
] as const;
export type DatabaseDisaster = (typeof DATABASE_DISASTERS)[number];

/** kafka-loss: the brokers' disks, and with them Connect's connectors · both: the database, too */
export const KAFKA_DISASTERS = ['kafka-loss', 'both'] as const;
export type KafkaDisaster = (typeof KAFKA_DISASTERS)[number];

export const DISASTERS = [...DATABASE_DISASTERS, ...KAFKA_DISASTERS] as const;
export type Disaster = (typeof DISASTERS)[number];

export function isKafkaDisaster(disaster: Disaster): disaster is KafkaDisaster {
  return KAFKA_DISASTERS.some((each) => each === disaster);
}

/** What is going to be lost, and what has to come of it: said before a drill begins. */
export const ANNOUNCED: Readonly<Record<Disaster, string>> = {
  'database-loss':
    'the database is dropped while its sink writes; every event must be back, and an undo be refused',
  'database-corruption':
    'rows, a chunk and a table are destroyed; every event must be back, and the undo must take exactly those away again',
  configuration:
    'values of msr.configuration become wrong or vanish; the plan must lead to them, every value be back, no event move, and the undo bring the wrong ones back',
  'point-in-time':
    'a bad deployment deletes and empties entities through Kafka; exactly its events must be left out and set aside, and the undo must bring them back',
  partial:
    'rows of two hours are deleted and changed; they must be as before, nothing else move, and the undo bring the damage back',
  zone: 'the database is dropped, and Kafka no longer reaches back to the backup; every event must be back from the other zone, which must hold each of its own still, and an undo be refused',
  'kafka-loss':
    "the broker's disk is emptied while events wait in it; exactly those must be lost, and the undo must lose nothing more",
  both: "the database is dropped and the broker's disk emptied; exactly the events after the backup must be lost, and an undo be refused",
};
