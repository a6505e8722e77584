import { fileURLToPath } from 'node:url';

/** The container image's entry point, and the operator's command line: `npm run build` makes it. */
export const ENTRY_POINT = fileURLToPath(new URL('../../dist/msr/index.mjs', import.meta.url));
