import type { Template } from '../../lib/assembly/resolve-definition.ts';
import { arnOf, referenceOf } from './arns.ts';

/** A resource as it would lie in the account, every reference in it replaced. */
export interface DeployedResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A template, and where it goes. */
export interface StackTemplate {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly template: Template & { readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>> };
}

/**
 * The stacks of a stage as if they had been deployed: what CloudFormation names is
 * named after its logical id.
 */
export class Account {
  readonly id: string;
  /** The region of the pipelines. */
  readonly region: string;
  readonly resources: readonly DeployedResource[];
  readonly #stacks: ReadonlyMap<string, StackTemplate>;

  constructor(
    stacks: readonly StackTemplate[],
    { id, region }: { readonly id: string; readonly region: string },
  ) {
    this.id = id;
    this.region = region;
    this.#stacks = new Map(stacks.map((stack) => [stack.name, stack]));
    this.resources = stacks.flatMap((stack) =>
      Object.entries(stack.template.Resources).map(([logicalId, { Type, Properties = {} }]) => ({
        stack: stack.name,
        logicalId,
        type: Type,
        account: stack.account,
        region: stack.region,
        arn: this.#arn(stack, logicalId),
        properties: this.#resolve(stack, Properties) as Record<string, unknown>,
      })),
    );
  }

  ofType(type: string): readonly DeployedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** @throws RangeError naming what is not there */
  byArn(arn: string): DeployedResource {
    const found = this.find(arn);
    if (found === undefined) throw new RangeError(`${arn} is not in the account`);
    return found;
  }

  find(arn: string): DeployedResource | undefined {
    return this.resources.find((resource) => resource.arn === arn);
  }

  /** @param key as resources name one: an ARN, or the ARN of its alias. @returns the key's ARN */
  keyArn(key: string): string {
    const alias = /^arn:aws:kms:([^:]+):[^:]+:alias\/(.+)$/.exec(key);
    if (alias === null) return key;
    const found = this.ofType('AWS::KMS::Alias').find(
      ({ properties, region }) => properties['AliasName'] === `alias/${alias[2]}` && region === alias[1],
    );
    return found === undefined ? key : (found.properties['TargetKeyId'] as string);
  }

  /** What KMS knows of a key's aliases, for conditions. */
  aliasContext(key: string): Record<string, string[]> {
    const aliases = this.ofType('AWS::KMS::Alias').filter(
      ({ properties }) => properties['TargetKeyId'] === key,
    );
    if (aliases.length === 0) return {};
    return { 'kms:ResourceAliases': aliases.map(({ properties }) => properties['AliasName'] as string) };
  }

  /** Who owns what an ARN names; whoever owns a bucket owns its objects. */
  ownerOf(arn: string): string {
    const bucket = /^arn:aws:s3:::[^/]+/.exec(arn)?.[0];
    if (bucket !== undefined) return this.find(bucket)?.account ?? this.id;
    return arn.split(':')[4] || this.id;
  }

  #arn(stack: StackTemplate, logicalId: string): string {
    const resource = stack.template.Resources[logicalId];
    if (resource === undefined) throw new RangeError(`there is no ${logicalId} in ${stack.name}`);
    const named = this.#resolve(stack, nameProperties(resource.Properties ?? {})) as Record<string, unknown>;
    return arnOf({ type: resource.Type, logicalId, named, account: stack.account, region: stack.region });
  }

  #resolve(stack: StackTemplate, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#resolve(stack, each));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = []] = entries;
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.#intrinsic(stack, name, argument);
    }
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#resolve(stack, each)]));
  }

  #intrinsic(stack: StackTemplate, name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#reference(stack, argument as string);
      case 'Fn::GetAtt':
        return this.#attribute(stack, ...(argument as [string, string]));
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]];
        return parts.map((part) => this.#resolve(stack, part)).join(separator);
      }
      case 'Fn::Select': {
        const [index, list] = argument as [number, unknown];
        const selected = (this.#resolve(stack, list) as unknown[])[index];
        if (selected !== undefined) return selected;
        throw new RangeError(`cannot resolve Fn::Select: nothing is at ${index} of ${JSON.stringify(list)}`);
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, unknown];
        return (this.#resolve(stack, text) as string).split(separator);
      }
      case 'Fn::Sub':
        return (argument as string).replace(/\$\{([^}]+)\}/g, (_, id: string) => this.#reference(stack, id));
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = argument as { StackName: string; OutputName: string };
        return this.#output(StackName, OutputName);
      }
      default:
        throw new RangeError(`cannot resolve ${name} ${JSON.stringify(argument)} in ${stack.name}`);
    }
  }

  #output(stackName: string, outputName: string): unknown {
    const stack = this.#stacks.get(stackName);
    const output = stack?.template.Outputs?.[outputName];
    if (stack === undefined || output === undefined) {
      throw new RangeError(`there is no output ${outputName} of ${stackName}`);
    }
    return this.#resolve(stack, output.Value);
  }

  #reference(stack: StackTemplate, id: string): string {
    const pseudo = pseudoParameter(stack, id);
    if (pseudo !== undefined) return pseudo;
    const type = stack.template.Resources[id]?.Type;
    if (type === undefined) throw new RangeError(`there is no ${id} in ${stack.name}`);
    return referenceOf(type, this.#arn(stack, id));
  }

  #attribute(stack: StackTemplate, id: string, attribute: string): string {
    const arn = this.#arn(stack, id);
    if (attribute === 'Arn') return arn;
    // A name: whatever else is asked for only has to be told from others.
    return attribute === 'QueueName' ? arn.replace(/^.*:/, '') : `${id}.${attribute}`;
  }
}

/** The properties that a resource's ARN is made of. */
function nameProperties(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => /Name$|^Family$/.test(key)));
}

function pseudoParameter({ account, region, name }: StackTemplate, id: string): string | undefined {
  const values: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': name,
  };
  return values[id];
}
