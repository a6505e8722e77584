import { expect, it } from 'vitest';
import { stage } from './stage.ts';

it('tells the functions which procedures the configuration approves', () => {
  const template = stage(['instances.0.approval', { autoApprove: ['standard', 'configuration'] }]).stack(
    'Pipelines',
  );
  const told = Object.values(template.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Environment?.Variables?.MSR_AUTO_APPROVE,
  );
  // Every instance has its own; the others are asked always.
  expect(new Set(told)).toEqual(new Set([undefined, 'standard,configuration']));
});

it('takes no procedure that may lose something', () => {
  expect(() => stage(['instances.0.approval', { autoApprove: ['point-in-time'] }])).toThrow(
    /approval\.autoApprove/,
  );
});
