/** esbuild's ESM output has no `require`; pg and kafkajs are CommonJS and call it. */
export const REQUIRE_BANNER =
  "import { createRequire as msrCreateRequire } from 'node:module'; const require = msrCreateRequire(import.meta.url);";

/** This package reads its WebAssembly from a file beside it, which a bundle does not have; its twin carries it within. */
export const BUNDLE_ALIASES: Readonly<Record<string, string>> = {
  '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
};
