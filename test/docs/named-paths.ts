import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const ROOMS = ['src', 'lambdas', 'lib', 'bin', 'scripts', 'test', 'docs'] as const;
const IN_A_ROOM = new RegExp(`^(${ROOMS.join('|')})/`);
const SOURCE = /^[\w-]+(\/[\w.-]+)*\.(lambda\.|task\.)?ts$/;

/** The pages that people read: README, CONTRIBUTING and everything in docs. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const ofDocs = docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`);
  return ['README.md', 'CONTRIBUTING.md', ...ofDocs].sort();
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/**
 * The files and folders that a page names, as paths from the root: what its links lead to, and what stands
 * between backticks and begins with a room, or ends as a source file does. A source file is named with its
 * room, so `freeze/resume.ts` is a path that does not exist. A pattern (`*`, `<name>`, `…`) names no file.
 */
export function namedPaths(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  const linked = links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target));
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, word = '']) => word);
  const files = quoted.filter((word) => !/[*<…]/.test(word) && (IN_A_ROOM.test(word) || isSource(word)));
  return [...new Set([...linked, ...files])];
}

/** The headings that a page's links lead to, as `<page>#<heading>`; those of itself, too. */
export function namedHeadings(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)];
  return links
    .filter(([, target = '']) => target === '' || (target.endsWith('.md') && !/^[a-z]+:/.test(target)))
    .map(([, target, heading]) => `${target ? join(dirname(page), target) : page}#${heading}`);
}

/** The anchors that GitHub makes of a page's headings. */
export function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return new Set(
    headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')),
  );
}

/** A file's bare name is a short form of a path that stands beside it. */
function isSource(word: string): boolean {
  return SOURCE.test(word) && word.includes('/');
}
