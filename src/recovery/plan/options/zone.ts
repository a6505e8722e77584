import { NOT_YET } from './not-yet.ts';
import { isDatabaseHurt } from './obstacles.ts';
import { destroysOf, type OptionsOf } from './plan-option.ts';

/** Another zone's database, fed from the same topics, as a baseline that is minutes old. */
export const zoneOptions: OptionsOf = ({ assessment }) => [
  {
    ...{ procedure: 'zone', possible: false, why: [NOT_YET], answers: isDatabaseHurt(assessment) },
    ...{ lossEvents: 0, seconds: null, basis: 'a guess' },
    destroys: destroysOf(assessment),
  },
];
