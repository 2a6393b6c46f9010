import type { Schema } from '../common/migrate.ts';

export const JOBS_SCHEMA: Schema = {
  folder: new URL('./migrations/', import.meta.url),
  journal: 'jobs_schema_migrations',
};
