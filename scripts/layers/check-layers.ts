import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult, type IModule, type IViolation } from 'dependency-cruiser';
import { LAYERS, MAY_IMPORT, NOT_LOADED_BY_CONSTRUCTS, RULES } from './rules.ts';

export interface LayersChecked {
  /** Files of the checkout that were read, and what they import, packages included. */
  readonly files: number;
  readonly imports: number;
  /** One line each: what breaks which rule. */
  readonly findings: readonly string[];
}

const FOLDERS = Object.keys(MAY_IMPORT);
/**
 * A specifier that is relative, in an `import`, an `export … from` or an `import()`; type-only ones included.
 */
const RELATIVE_IMPORT = /(?:^(?:import|export)\b[^;'"`]*?\bfrom\s|^import\s|\bimport\()'(\.[^']+)'/gm;

/**
 * Holds a checkout against the rules. A run that saw less than there is counts as broken. Files are counted
 * by their names, and each relative import in their text must be one that the parser saw.
 * @param root the checkout, or a directory that is laid out like it
 */
export async function checkLayers(root: string): Promise<LayersChecked> {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: root })).sort();
  if (files.length === 0) return { files: 0, imports: 0, findings: [`${root} holds no code`] };
  const { modules, summary } = await cruised(root, [...new Set(files.map(folderOf))]);
  const seen = new Map(modules.map((module) => [module.source, module]));
  const findings = [
    ...summary.violations.map(described),
    ...loadedByConstructs(seen),
    ...files.flatMap((file) => unseen(root, file, seen.get(file))),
    ...files.flatMap(misplaced),
  ];
  const imports = files.flatMap((file) => seen.get(file)?.dependencies ?? []).length;
  return { files: files.length, imports, findings: [...new Set(findings)] };
}

/** TypeScript 7 has no API for a parser to build on: swc reads the files, type-only imports with them. */
async function cruised(root: string, folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      parser: 'swc',
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden: [...RULES] },
    },
    { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  );
  if (typeof output === 'string') throw new TypeError(`dependency-cruiser answered a text: ${output}`);
  return output;
}

function described({ rule, from, to, cycle }: IViolation): string {
  return `${rule.name}: ${[from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' -> ')}`;
}

/** Breadth first, so that each is told by one of the shortest ways to it; `reachable` follows types. */
function loadedByConstructs(modules: ReadonlyMap<string, IModule>): string[] {
  const wayTo = new Map([...modules.keys()].filter(isConstruct).map((file) => [file, [file]]));
  for (const [file, way] of wayTo) {
    const loads = (modules.get(file)?.dependencies ?? []).filter(
      ({ dependencyTypes, dynamic }) => !dynamic && !dependencyTypes.includes('type-only'),
    );
    // A Map's iteration comes to what is added meanwhile.
    for (const { resolved } of loads) if (!wayTo.has(resolved)) wayTo.set(resolved, [...way, resolved]);
  }
  const { name, path } = NOT_LOADED_BY_CONSTRUCTS;
  return [...wayTo].flatMap(([file, way]) => (path.test(file) ? [`${name}: ${way.join(' -> ')}`] : []));
}

function isConstruct(file: string): boolean {
  return folderOf(file) === 'lib';
}

function unseen(root: string, file: string, module: IModule | undefined): string[] {
  if (module === undefined) return [`${file} was not read`];
  const seen = new Set(module.dependencies.map((dependency) => dependency.module));
  return (
    [...readFileSync(join(root, file), 'utf8').matchAll(RELATIVE_IMPORT)]
      .map(([, specifier = '']) => specifier)
      // What names no file is text in a test, or tsc's to refuse.
      .filter((specifier) => !seen.has(specifier) && existsSync(join(root, dirname(file), specifier)))
      .map((specifier) => `${file}: the import of ${specifier} was not seen`)
  );
}

function misplaced(file: string): string[] {
  const [folder, layer] = file.split('/');
  if (folder === 'src' && !LAYERS.some((known) => known === layer)) {
    return [`${file}: ${layer} is none of the layers; give it its place in scripts/layers/rules.ts`];
  }
  if (folder === 'lambdas' && !/\.(lambda|task)\.ts$/.test(file)) {
    return [`${file}: lambdas/ holds *.lambda.ts and *.task.ts; what they call belongs to src/`];
  }
  return [];
}

function folderOf(file: string): string {
  return file.slice(0, file.indexOf('/'));
}
