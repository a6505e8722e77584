/** The guardian's entry where msr runs from its sources; in the bundle it is `msr guardian`. */
import { guardianMain } from './guardian-process.ts';

await guardianMain(process.argv.slice(2));
