import { describeChange } from '../../configuration/diff-configuration.ts';
import type { Assessment } from '../assessment.ts';
import type { OptionsOf } from './plan-option.ts';

/** Values of msr.configuration alone: seconds, where the rest is whole. */
export const configurationOptions: OptionsOf = ({ assessment }) => {
  const { database, configurationRestore } = assessment;
  const why = obstacles(assessment);
  const { hours, others, configuration } = database.damaged;
  const isWrong = database.configuration.liveFault !== null || configuration;
  return [
    {
      ...{ procedure: 'configuration', possible: why.length === 0, why },
      ...(configurationRestore === undefined ? {} : { backupId: configurationRestore.backupId }),
      answers: isWrong && hours.length === 0 && !others,
      ...{ lossEvents: 0, seconds: { low: 1, high: 120 }, basis: 'a guess' },
      destroys: 'nothing: the present values of msr.configuration are kept for the undo',
    },
  ];
};

function obstacles({ database, configurationRestore: restore }: Assessment): string[] {
  if (!database.readable) return ['msr.configuration of the live database cannot be read'];
  if (database.obstacle !== null) return [database.obstacle];
  if (restore === undefined) return ['MSR can run by the live configuration, and nothing of it is missing'];
  return restore.changes.length > 0 ? [] : [`nothing differs from the backup ${restore.backupId}`];
}

/** What would be set, for the approver. */
export function configurationChanges({ configurationRestore: restore }: Assessment): string[] {
  return restore === undefined ? [] : [...restore.facts, ...restore.changes.map(describeChange)];
}
