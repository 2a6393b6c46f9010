import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { rootDir } from '../../scripts/lib/paths.ts';
import { dumpSchema } from '../../scripts/lib/schema-dump.ts';
import { SCHEMAS } from '../../scripts/lib/schemas.ts';
import { migrate } from '../../src/common/migrate.ts';
import { createTestDatabase } from '../harness/database.ts';

test.each(SCHEMAS)('$folder/schema.sql is what the migrations come to (else: npm run schema)', async (dumped) => {
  const { folder, schema } = dumped;
  await using database = await createTestDatabase();
  await migrate(database.url, schema);
  expect(await dumpSchema(database.url, folder)).toBe(await readFile(join(rootDir, folder, 'schema.sql'), 'utf8'));
});

test('a dump shows types, character sets, defaults and keys alike on MariaDB and MySQL', async () => {
  await using database = await createTestDatabase();
  const connection = await mysql.createConnection(database.url);
  await connection.query(`CREATE TABLE example (
    a BIGINT NOT NULL, b INT UNSIGNED NULL, c TINYINT NOT NULL DEFAULT 3, d VARCHAR(9) NOT NULL DEFAULT 'x',
    e VARCHAR(5) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, f VARBINARY(12) NOT NULL, g TEXT NOT NULL, h CHAR(2) NOT NULL DEFAULT '',
    PRIMARY KEY (e, a), UNIQUE KEY z (b, a), KEY y (g(10)), KEY x (c)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  await connection.end();
  expect((await dumpSchema(database.url, 'src/example')).split('\n').slice(3).join('\n')).toBe(`CREATE TABLE example (
  a BIGINT NOT NULL,
  b INT UNSIGNED NULL,
  c TINYINT NOT NULL DEFAULT 3,
  d VARCHAR(9) CHARACTER SET utf8mb4 NOT NULL DEFAULT 'x',
  e VARCHAR(5) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  f VARBINARY(12) NOT NULL,
  g TEXT CHARACTER SET utf8mb4 NOT NULL,
  h CHAR(2) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
  PRIMARY KEY (e, a),
  KEY x (c),
  KEY y (g(10)),
  UNIQUE KEY z (b, a)
) ENGINE=InnoDB;
`);
});
