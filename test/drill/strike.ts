import type { Msr } from '../bed/msr.ts';
import { deployBadly } from './bad-deployment.ts';
import { corruptDatabase } from './corrupt-database.ts';
import { damageHours } from './damaged-hours.ts';
import type { DatabaseDisaster } from './disasters.ts';
import { dropDatabase } from './live-database.ts';
import { loseStrandedDatabase } from './other-zone.ts';
import { EVERYTHING_BACK, type Place, type Struck } from './struck.ts';
import { spoilConfiguration } from './wrong-configuration.ts';

export async function strike(disaster: DatabaseDisaster, place: Place): Promise<Struck> {
  const { msr, producer } = place;
  switch (disaster) {
    case 'database-loss':
      return await loseDatabase(msr);
    case 'database-corruption':
      return await corruptDatabase(msr);
    case 'configuration':
      return await spoilConfiguration(msr);
    case 'point-in-time':
      return await deployBadly(msr, producer);
    case 'partial':
      return await damageHours(msr);
    case 'zone':
      return await loseStrandedDatabase(place);
  }
}

async function loseDatabase(msr: Msr): Promise<Struck> {
  await dropDatabase(msr);
  return { ...EVERYTHING_BACK, said: `database ${msr.database} dropped while the sink was writing to it` };
}
