import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { addChecks, buildApp } from '../lib/app.ts';
import { ConfigError } from '../lib/config/config-error.ts';
import { configPath, loadConfig } from '../lib/config/load-config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const app = new App();

try {
  const path = configPath({ root, context: app.node.tryGetContext('config'), env: process.env });
  buildApp(app, loadConfig(path), { imageDirectory: root });
  addChecks(app);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.format());
  process.exit(1);
}
