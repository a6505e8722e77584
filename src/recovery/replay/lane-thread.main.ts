/** The entry of a replay's thread, from the sources and in the bundle. */
import { parentPort, workerData } from 'node:worker_threads';
import { laneThread } from './lane-thread.ts';

if (parentPort === null) throw new Error('this is the entry of a thread');
await laneThread(parentPort, workerData);
