/** A command of the interrupt's test: says when it waits, and how it ended. */
import { processIo } from '../../src/cli/process-io.ts';
import { describeError } from '../../src/core/operator-error.ts';

const { signal } = processIo();
// Something keeps a real command alive; the second signal must end it all the same.
const alive = setInterval(() => {}, 1_000);
signal.addEventListener('abort', () => {
  console.log(describeError(signal.reason));
  if (process.argv[2] === 'obedient') clearInterval(alive);
});
console.log('ready');
