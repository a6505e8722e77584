/** esbuild's ESM output has no `require`; pg and kafkajs are CommonJS and call it. */
export const REQUIRE_BANNER =
  "import { createRequire as msrCreateRequire } from 'node:module'; const require = msrCreateRequire(import.meta.url);";
