/**
 * A process of its own, since a synthesis leaves no room for anything else for as long as it takes:
 * `tsx synthesize.ts <directory> <stage as JSON>` leaves the assembly in the directory and
 * what it is as JSON beside it.
 */
import { writeFileSync } from 'node:fs';
import { addEmulatedStage, emulatedStage } from './emulated-stage.ts';
import { assemblyFile, synthesizeForEmulator } from './emulator-assembly.ts';

const [directory = '', stage = ''] = process.argv.slice(2);
const parsed = emulatedStage.parse(JSON.parse(stage));
const assembly = synthesizeForEmulator(directory, (app) => addEmulatedStage(app, parsed));
writeFileSync(assemblyFile(directory), JSON.stringify(assembly));
