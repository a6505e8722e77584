import type { Definition } from '../../src/runner/definition.ts';
import { openDistribution } from '../../src/runner/distribution.ts';

/**
 * The definition that `npm run build` left in dist/. That it is the one that is deployed is proven once, by
 * test/lib/recovery/bundles.test.ts: loading the CDK takes longer than running all of this folder's tests.
 */
export async function builtDefinition(): Promise<Definition> {
  return (await openDistribution()).definition;
}
