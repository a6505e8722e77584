import type { HealthRecord } from './health-record.ts';
import { type Judgement, notChecked, ok, ticket } from './judgement.ts';

/** @param zones what is known of each other zone, this run's comparison included. Pure. */
export function judgeZones(zones: HealthRecord['zones']): Judgement {
  const names = Object.keys(zones);
  if (names.length === 0) return notChecked('no other zone is configured (MSR_ZONES)');
  const differing = Object.entries(zones).flatMap(([name, { differing: hours }]) =>
    hours.map(({ hour, differences }) => `zone ${name}, hour ${hour}: ${differences.join('; ')}`),
  );
  const alike = Object.values(zones).reduce((sum, zone) => sum + zone.alike.length, 0);
  const measured = {
    value: differing.length,
    threshold: 0,
    values: { ZoneHoursDiffering: differing.length },
  };
  const [first, ...more] = differing;
  if (first === undefined) return ok(`${alike} hours are the same as in ${names.join(', ')}`, measured);
  return ticket({
    evidence: [first, ...more.slice(0, 4)],
    ...measured,
    hint: 'the numbers are those of the other zone, against this one: the side with fewer lacks events that the other has. See whether its sink stood still in that hour, or its recovery lost them; while Kafka holds them, a recovery of that side brings them back',
  });
}
