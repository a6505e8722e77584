import { fileURLToPath } from 'node:url';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { RecoveryStack } from '../lib/recovery/recovery-stack.ts';

const app = new App();
new RecoveryStack(app, 'MsrRecovery', { imageDirectory: fileURLToPath(new URL('..', import.meta.url)) });
Tags.of(app).add('application', 'msr-recovery');
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
