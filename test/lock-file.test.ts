import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

/**
 * `npm install` behind a registry that lacks some platforms' packages drops them from the lock file. The next
 * `npm ci` refuses the whole of it. Biome's are such packages: add their entries again, as git has them.
 */
test('the lock file names the packages of every platform', () => {
  const { packages } = lockFile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  );
  const missing = wanted.filter(
    (name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)),
  );

  expect(wanted.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});
