// `npm run schema`: writes src/wallet/schema.sql, what the migrations come to. Needs DATABASE_URL; with-servers.ts brings one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { migrate } from '../src/wallet/migrate.ts';
import { runMain, SetupError } from './lib/main.ts';
import { rootDir } from './lib/paths.ts';
import { dumpSchema } from './lib/schema-dump.ts';

await runMain(async () => {
  if (!process.env.DATABASE_URL) throw new SetupError('DATABASE_URL is not set: use npm run schema');
  const name = `croupier_schema_${process.pid}`;
  const url = new URL(process.env.DATABASE_URL);
  url.pathname = `/${name}`;
  await migrate(url.href);
  try {
    writeFileSync(join(rootDir, 'src', 'wallet', 'schema.sql'), await dumpSchema(url.href));
    console.log('src/wallet/schema.sql is written');
  } finally {
    const connection = await mysql.createConnection(url.href);
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  }
  return 0;
});
