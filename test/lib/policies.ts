import type { Template } from 'aws-cdk-lib/assertions';

/** A statement of an IAM or key policy, as a template writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the policies attached to a role allow it. @param role as the template refers to it: `{ Ref: … }` */
export function statementsOf(template: Template, role: unknown): Statement[] {
  const name = JSON.stringify(role);
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => (Properties.Roles as unknown[]).some((each) => JSON.stringify(each) === name))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

/**
 * Whether some statement allows the action on exactly this resource, under no condition but the given one.
 */
export function isAllowed(
  statements: readonly Statement[],
  action: string,
  resource: unknown,
  condition?: Statement['Condition'],
): boolean {
  const wanted = JSON.stringify(resource);
  return statements.some(
    ({ Action, Resource, Condition }) =>
      [Action].flat().includes(action) &&
      [Resource].flat().some((each) => JSON.stringify(each) === wanted) &&
      JSON.stringify(Condition) === JSON.stringify(condition),
  );
}

/** The roles that some statement allows an action, as the template refers to them. */
export function rolesAllowed(template: Template, action: string, resource: unknown): unknown[] {
  const roles = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.Roles as unknown[],
  );
  const unique = [...new Map(roles.map((role) => [JSON.stringify(role), role])).values()];
  const wanted = JSON.stringify(resource);
  return unique.filter((role) =>
    statementsOf(template, role).some(
      ({ Action, Resource }) =>
        [Action].flat().includes(action) && [Resource].flat().some((each) => JSON.stringify(each) === wanted),
    ),
  );
}
