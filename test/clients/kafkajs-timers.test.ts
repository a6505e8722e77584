import { once } from 'node:events';
import { expect, it } from 'vitest';
import { quietKafkajsTimers } from '../../src/clients/kafkajs-timers.ts';

it('keeps the warning of negative timers, and no other, from the terminal', async () => {
  quietKafkajsTimers();
  const seen: string[] = [];
  const collect = (warning: Error) => seen.push(warning.name);
  process.on('warning', collect);
  try {
    setTimeout(() => {}, -5);
    const other = once(process, 'warning');
    process.emitWarning('something else', 'OtherWarning');
    await other;
  } finally {
    process.off('warning', collect);
  }
  expect(seen).toEqual(['OtherWarning']);
});
