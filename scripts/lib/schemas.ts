import type { Schema } from '../../src/common/migrate.ts';
import { JOBS_SCHEMA } from '../../src/jobs/schema.ts';
import { WALLET_SCHEMA } from '../../src/wallet/schema.ts';

/** `folder`: has the migrations, and their dump, schema.sql. */
export type DumpedSchema = { folder: string; schema: Schema };

export const SCHEMAS: readonly DumpedSchema[] = [
  { folder: 'src/wallet', schema: WALLET_SCHEMA },
  { folder: 'src/jobs', schema: JOBS_SCHEMA },
];
