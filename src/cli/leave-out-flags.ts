import { OperatorError } from '../core/operator-error.ts';
import type { RecoveryInput } from '../recovery/plan/request.ts';
import { unknownCondition } from '../recovery/plan/request-leave-out.ts';

type SkipInput = NonNullable<RecoveryInput['skip']>[number];

/**
 * The input for `--until-offsets topic-0:123,topic-1:99`.
 * @throws OperatorError
 */
export function parseUntilOffsets(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [, partition, offset] = /^(.+-\d+):(\d{1,15})$/.exec(part) ?? [];
      if (partition !== undefined) return [partition, Number(offset)];
      throw new OperatorError(`--until-offsets holds ${JSON.stringify(part)}`, {
        hint: 'write it as server.schema.table-0:123,server.schema.table-1:99: the partition, and the first offset that is not written',
      });
    }),
  );
}

/**
 * The input for one `--skip`: conditions, all of which a record must meet. A value in double quotes may hold
 * commas: `entity="a,b"`.
 * @throws OperatorError, RecoveryInputError
 */
export function parseSkip(text: string): SkipInput {
  let skip: SkipInput = {};
  for (const part of conditionsIn(text)) skip = { ...skip, ...condition(skip, part) };
  return skip;
}

/** Cuts at the commas that stand in no quotes. @throws OperatorError */
function conditionsIn(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];
  if (parts.join(',') === text && parts.length > 0) return parts;
  throw malformed(text, text === '' ? 'it is empty' : 'a quote or a comma too many');
}

function condition(known: SkipInput, part: string): SkipInput {
  const [, key, value] = /^([a-zA-Z-]+)=(.*)$/s.exec(part) ?? [];
  if (key === undefined || value === undefined) return span(part);
  if (key !== 'offsets' && key in known) throw malformed(part, `${key} stands in it twice`);
  switch (key) {
    case 'table':
    case 'entity':
    case 'from':
    case 'to':
      return { [key]: unquoted(value) };
    case 'operation':
      return { operation: unquoted(value) as SkipInput['operation'] };
    case 'offsets':
      return { offsets: { ...known.offsets, ...offsetsIn(value) } };
    default:
      throw unknownCondition(key);
  }
}

/** `<from>..<to>`: times. */
function span(part: string): SkipInput {
  const [from, to, more] = part.split('..');
  if (from === undefined || to === undefined || more !== undefined || from + to === '')
    throw malformed(part, 'neither <key>=<value> nor <from>..<to>');
  return { ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) };
}

/** `topic-0:100..200`, `topic-0:100..`, or `topic-0:100` for one record. */
function offsetsIn(value: string): NonNullable<SkipInput['offsets']> {
  const [, partition, from, dots, to] = /^(.+-\d+):(\d{1,15})(?:(\.\.)(\d{0,15}))?$/.exec(value) ?? [];
  if (partition === undefined) throw malformed(value, 'no range like server.schema.table-0:100..200');
  const first = Number(from);
  return { [partition]: [first, dots === undefined ? first + 1 : to === '' ? null : Number(to)] };
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    throw malformed(value, 'not a text in quotes');
  }
}

function malformed(text: string, why: string): OperatorError {
  return new OperatorError(`--skip does not understand ${JSON.stringify(text)}: ${why}`, {
    hint: 'name conditions, with commas between them: table=<table_name>, entity=<id>, operation=c|u|d|r, <from>..<to> (times), offsets=<topic>-<partition>:<from>..<to>; a record that meets all of them is left out',
  });
}
