import type { Schema } from '../common/migrate.ts';

export const WALLET_SCHEMA: Schema = {
  folder: new URL('./migrations/', import.meta.url),
  journal: 'schema_migrations',
};
