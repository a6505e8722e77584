import { type Definition, innerDefinitions, type State } from './definition.ts';

/** setTimeout's limit, in whole seconds: one second more fires at once. */
export const LONGEST_TIMEOUT_SECONDS = 2_147_483;

/** The definition uses what the local interpreter would run differently from AWS, or not at all. */
export class UnsupportedDefinitionError extends Error {
  override readonly name = 'UnsupportedDefinitionError';
}

/**
 * A definition that aws-local-stepfunctions 3.0.0 runs as AWS runs the given one: what it gets wrong is
 * rewritten to what it gets right, and what cannot be rewritten is refused.
 * - `IsPresent: false` and its like never match: written as `Not`.
 * - `ResultPath: "$"` writes a key `$`: it is the default, so it goes.
 * - A Task without a timeout dies after 60 s, one above setTimeout's limit at once: set and clamped.
 * - JSONata runs as JSONPath, `Assign` fails at run time, a DISTRIBUTED Map runs inline: refused. So is a
 *   task token within a Map or Parallel: there is one token at a time.
 * @throws UnsupportedDefinitionError
 */
export function normalise(definition: Definition): Definition {
  return normaliseDefinition(definition, false);
}

function normaliseDefinition(definition: Definition, nested: boolean): Definition {
  refuseOtherLanguages('the definition', definition);
  const states = Object.entries(definition.States).map(
    ([name, state]) => [name, normaliseState(name, state, nested)] as const,
  );
  return { ...clampTimeout(definition), States: Object.fromEntries(states) };
}

function normaliseState(name: string, state: State, nested: boolean): State {
  refuse(name, state, nested);
  const rewritten = withoutWholeResultPath(state.Type === 'Task' ? withTimeout(state) : state);
  return normaliseInner(normaliseCatchers(normaliseChoices(rewritten)));
}

function refuse(name: string, state: State, nested: boolean): void {
  refuseOtherLanguages(name, state);
  if (state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
    throw new UnsupportedDefinitionError(`${name} is a DISTRIBUTED Map`);
  }
  if (nested && state.Resource?.endsWith('.waitForTaskToken') === true) {
    throw new UnsupportedDefinitionError(`${name} waits for a task token within a Map or Parallel`);
  }
}

function refuseOtherLanguages(name: string, part: Readonly<Record<string, unknown>>): void {
  if (part['QueryLanguage'] === 'JSONata') throw new UnsupportedDefinitionError(`${name} uses JSONata`);
  if (part['Assign'] !== undefined) throw new UnsupportedDefinitionError(`${name} assigns variables`);
}

function withTimeout(state: State): State {
  if (state.TimeoutSeconds === undefined && state['TimeoutSecondsPath'] === undefined) {
    return { ...state, TimeoutSeconds: LONGEST_TIMEOUT_SECONDS };
  }
  return clampTimeout(state);
}

function clampTimeout<T extends { readonly TimeoutSeconds?: number }>(part: T): T {
  if (part.TimeoutSeconds === undefined) return part;
  return { ...part, TimeoutSeconds: Math.min(part.TimeoutSeconds, LONGEST_TIMEOUT_SECONDS) };
}

function withoutWholeResultPath<T extends Readonly<Record<string, unknown>>>(part: T): T {
  if (part['ResultPath'] !== '$') return part;
  const { ResultPath: _, ...rest } = part;
  return rest as unknown as T;
}

function normaliseCatchers(state: State): State {
  const catchers = state['Catch'];
  return Array.isArray(catchers) ? { ...state, Catch: catchers.map(withoutWholeResultPath) } : state;
}

function normaliseChoices(state: State): State {
  const choices = state['Choices'];
  return Array.isArray(choices) ? { ...state, Choices: choices.map(normaliseRule) } : state;
}

type Rule = Readonly<Record<string, unknown>>;

const TYPE_TESTS = ['IsPresent', 'IsNull', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'];

function normaliseRule(rule: Rule): Rule {
  const test = TYPE_TESTS.find((name) => rule[name] === false);
  if (test === undefined) return Object.fromEntries(Object.entries(rule).map(normaliseOperand));
  const { Next, [test]: _, ...comparison } = rule;
  const negated = { Not: { ...comparison, [test]: true } };
  return Next === undefined ? negated : { ...negated, Next };
}

function normaliseOperand([operator, operand]: [string, unknown]): [string, unknown] {
  if (operator === 'Not') return [operator, normaliseRule(operand as Rule)];
  if (operator === 'And' || operator === 'Or') return [operator, (operand as Rule[]).map(normaliseRule)];
  return [operator, operand];
}

function normaliseInner(state: State): State {
  if (innerDefinitions(state).length === 0) return state;
  const { ItemProcessor, Iterator, Branches, ...rest } = state;
  return {
    ...rest,
    Type: state.Type,
    ...(ItemProcessor === undefined ? {} : { ItemProcessor: normaliseDefinition(ItemProcessor, true) }),
    ...(Iterator === undefined ? {} : { Iterator: normaliseDefinition(Iterator, true) }),
    ...(Branches === undefined ? {} : { Branches: Branches.map((b) => normaliseDefinition(b, true)) }),
  };
}
