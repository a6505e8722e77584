/** The command line, and the entry point of the container image: `npm run build` bundles it to dist/msr. */
import { processIo } from '../lambdas/cli/process-io.ts';
import { runCommandLine } from '../lambdas/cli/program.ts';
import { GUARDIAN_COMMAND, guardianMain } from '../lambdas/freeze/guardian-process.ts';

const [command, ...args] = process.argv.slice(2);
// Not an operator's command: msr starts it itself, before it stops a sink.
if (command === GUARDIAN_COMMAND) await guardianMain(args);
process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
