import { NOT_YET } from './not-yet.ts';
import type { OptionsOf } from './plan-option.ts';

/** The damaged hours alone, where the rest is proven sound. */
export const partialOptions: OptionsOf = ({ assessment: { backup, database } }) => [
  {
    ...{ procedure: 'partial', backupId: backup.id, possible: false, why: [NOT_YET] },
    answers: database.state === 'damaged' && !database.damaged.others,
    ...{ lossEvents: 0, seconds: null, basis: 'a guess' },
    destroys: 'nothing: the rows that are replaced are kept for the undo',
  },
];
