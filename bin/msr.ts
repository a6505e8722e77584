/** The command line, and the entry point of the container image: `npm run build` bundles it to dist/msr. */
import { machineCommand } from '../src/cli/machine-commands.ts';
import { endOnUncaught, processIo } from '../src/cli/process-io.ts';
import { runCommandLine } from '../src/cli/program.ts';

const args = process.argv.slice(2);
endOnUncaught(args);
const machine = machineCommand(args, async () => (await import('./tasks.ts')).TASKS);
if (machine === undefined) process.exitCode = await runCommandLine(args, processIo());
else await machine();
