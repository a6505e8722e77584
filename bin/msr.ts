/** The command line, and the entry point of the container image: `npm run build` bundles it to dist/msr. */
import { processIo } from '../lambdas/cli/process-io.ts';
import { runCommandLine } from '../lambdas/cli/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
