// `npm run schema`: writes each process's schema.sql, what its migrations come to. Needs DATABASE_URL; with-servers.ts brings one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { migrate } from '../src/common/migrate.ts';
import { runMain, SetupError } from './lib/main.ts';
import { rootDir } from './lib/paths.ts';
import { dumpSchema } from './lib/schema-dump.ts';
import { type DumpedSchema, SCHEMAS } from './lib/schemas.ts';

await runMain(async () => {
  if (!process.env.DATABASE_URL) throw new SetupError('DATABASE_URL is not set: use npm run schema');
  for (const dumped of SCHEMAS) await writeDump(process.env.DATABASE_URL, dumped);
  return 0;
});

/** In a database of its own: in one that both share, their tables would be mixed. */
async function writeDump(databaseUrl: string, { folder, schema }: DumpedSchema): Promise<void> {
  const name = `croupier_schema_${process.pid}`;
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  await migrate(url.href, schema);
  try {
    writeFileSync(join(rootDir, folder, 'schema.sql'), await dumpSchema(url.href, folder));
    console.log(`${folder}/schema.sql is written`);
  } finally {
    const connection = await mysql.createConnection(url.href);
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  }
}
