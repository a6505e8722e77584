import { NOT_YET } from './not-yet.ts';
import { destroysOf, type OptionsOf } from './plan-option.ts';

/** Up to a moment before the damage, or past named records: where the events themselves are wrong. */
export const pointInTimeOptions: OptionsOf = ({ assessment }) => [
  {
    ...{ procedure: 'point-in-time', possible: false, why: [NOT_YET], answers: false },
    ...{ lossEvents: null, seconds: null, basis: 'a guess' },
    destroys: destroysOf(assessment),
  },
];
