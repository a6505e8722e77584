import { z } from 'zod';
import { cidrField, field, listOf, resourceIdField, zoneField } from './fields.ts';

const existingNetwork = z
  .strictObject({
    vpcId: field(
      resourceIdField('vpc'),
      'Id of the VPC from which the database, Kafka and Connect are reached.',
      'vpc-0a1b2c3d4e5f60718',
    ),
    cidr: field(cidrField, "The VPC's IPv4 range.", '10.0.0.0/16'),
    subnetIds: field(
      listOf(resourceIdField('subnet'), 1),
      'Private subnets for Lambdas and tasks, in the order of `availabilityZones`.',
      ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
    ),
    availabilityZones: field(listOf(zoneField, 1), 'The zone of each subnet.', [
      'eu-central-1a',
      'eu-central-1b',
    ]),
    routeTableIds: field(
      z.array(resourceIdField('rtb')).min(1),
      'The route table of each subnet; one may serve several.',
      ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d4e5f60718'],
    ),
    createEndpoints: field(
      z.boolean().default(false),
      'Whether to make the VPC endpoints of the AWS services that are needed. Leave it off where the VPC has them, or a NAT gateway.',
    ),
  })
  .superRefine((network, ctx) => {
    for (const name of ['availabilityZones', 'routeTableIds'] as const) {
      const [given, subnets] = [network[name].length, network.subnetIds.length];
      if (given === subnets) continue;
      ctx.addIssue({
        code: 'custom',
        path: [name],
        message: `expected one for each subnet: ${subnets}, not ${given}`,
      });
    }
  });

/**
 * Room for every endpoint, a Lambda's and a task's interfaces in each subnet, of which a
 * zone gets one: 59 addresses.
 */
const SMALLEST_SUBNET = 26;
const LARGEST_VPC = 16;

const newNetwork = z
  .strictObject({
    cidr: field(
      cidrField,
      'IPv4 range of the new VPC; it must not overlap what it is peered with.',
      '10.40.0.0/20',
    ),
    availabilityZones: field(listOf(zoneField, 2), 'Zones of its isolated subnets.', [
      'eu-central-1a',
      'eu-central-1b',
    ]),
  })
  .superRefine(({ cidr, availabilityZones }, ctx) => {
    const smallest = SMALLEST_SUBNET - Math.ceil(Math.log2(availabilityZones.length));
    const prefix = Number(cidr.split('/')[1]);
    if (prefix >= LARGEST_VPC && prefix <= smallest) return;
    const message = `expected a range of /${LARGEST_VPC} to /${smallest}, for ${availabilityZones.length} subnets`;
    ctx.addIssue({ code: 'custom', path: ['cidr'], message });
  });

export const networkSchema = z
  .strictObject({
    existing: existingNetwork
      .optional()
      .meta({ description: 'A VPC that is there, by its ids: nothing is looked up.' }),
    create: newNetwork.optional().meta({
      description:
        'A VPC of its own: isolated subnets, endpoints, flow logs, no NAT. You peer it with the database.',
    }),
  })
  .refine(({ existing, create }) => (existing === undefined) !== (create === undefined), {
    error: 'expected either `existing` or `create`',
  });

export type NetworkConfig = z.infer<typeof networkSchema>;
export type ExistingNetwork = z.infer<typeof existingNetwork>;
export type NewNetwork = z.infer<typeof newNetwork>;
