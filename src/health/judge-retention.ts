import { type RetentionInput, retentionChecks } from '../doctor/retention-checks.ts';
import { type Judgement, ok, ticket } from './judgement.ts';

/** The topics against the playbook's matrix, as the doctor judges them. Pure. */
export function judgeRetention(input: RetentionInput): Judgement {
  const { checks } = retentionChecks(input);
  const bad = checks.filter(({ outcome }) => outcome !== 'ok');
  const measured = { value: bad.length, threshold: 0 };
  if (bad.length === 0)
    return ok(
      `${checks.length} topics hold their events as long as ${input.need.frequency} backups ask for`,
      measured,
    );
  const [first = '', ...more] = bad.map(({ name, fact }) => `${name}: ${fact}`);
  return ticket({
    evidence: [first, ...more.slice(0, 4)],
    ...measured,
    hint: bad[0]?.hint ?? 'see `msr doctor`',
    commands: bad.flatMap(({ commands = [] }) => commands).slice(0, 20),
  });
}
