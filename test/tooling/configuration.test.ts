import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_TABLES, withConfigurationTable } from '../../scripts/lib/configuration.ts';
import { rootDir } from '../../scripts/lib/paths.ts';

test('docs/configuration.md lists exactly the variables that are read (else: npm run configuration-docs)', async () => {
  const page = await readFile(join(rootDir, 'docs', 'configuration.md'), 'utf8');
  expect(page).toBe(withConfigurationTable(page));
});

test('every variable says what it is', () => {
  const silent = Object.entries(CONFIG_TABLES).flatMap(([reader, table]) =>
    Object.entries(table)
      .filter(([, schema]) => !schema.description)
      .map(([name]) => `${name} (${reader})`),
  );
  expect(silent).toEqual([]);
});
