// `npm run check`: all checks but the tests.
import { runChecks } from './lib/checks.ts';
import { runMain } from './lib/main.ts';

await runMain(async () => ((await runChecks()).failed === 0 ? 0 : 1));
