// `npm run configuration-docs`: writes the table of docs/configuration.md from the processes' configuration tables.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withConfigurationTable } from './lib/configuration.ts';
import { runMain } from './lib/main.ts';
import { rootDir } from './lib/paths.ts';

await runMain(async () => {
  const file = join(rootDir, 'docs', 'configuration.md');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, withConfigurationTable(existsSync(file) ? readFileSync(file, 'utf8') : null));
  console.log('docs/configuration.md is written');
  return 0;
});
