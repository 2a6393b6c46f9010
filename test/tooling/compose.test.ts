import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { nodeFlags } from '../../scripts/lib/node-flags.ts';
import { rootDir } from '../../scripts/lib/paths.ts';
import { adapterConfig, readAdapterConfig } from '../../src/adapter/config.ts';
import { isLobbyOn } from '../../src/adapter/lobby/config.ts';
import { cliConfig } from '../../src/cli/config.ts';
import { readConfig } from '../../src/common/config.ts';
import { lobbyLinkConfig } from '../../src/common/lobby-link.ts';
import { redisConfig } from '../../src/common/redis-config.ts';
import { jobsConfig, readJobsConfig } from '../../src/jobs/config.ts';
import { readWalletConfig, walletConfig } from '../../src/wallet/config.ts';

type Service = {
  image: string;
  command?: string[];
  entrypoint?: string[];
  restart?: string;
  profiles?: string[];
  environment: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
};
type Compose = { services: Record<string, Service>; volumes: Record<string, null> };

const TABLES = {
  wallet: walletConfig,
  adapter: adapterConfig,
  jobs: jobsConfig,
  croupier: { ...cliConfig, ...redisConfig, ...lobbyLinkConfig },
};
const PROCESSES = ['wallet', 'adapter', 'jobs'] as const;

/** What scripts/make-env.mjs fills in. */
const SECRETS = {
  MYSQL_PASSWORD: '1'.repeat(64),
  SECRETS_KEY: '2'.repeat(64),
  ADAPTER_TOKEN: '3'.repeat(64),
  JOBS_TOKEN: '4'.repeat(64),
  CLI_TOKEN: '5'.repeat(64),
  JOBS_CLI_TOKEN: '6'.repeat(64),
  ADAPTER_JOBS_TOKEN: '7'.repeat(64),
};
const PRODUCTION = { ...SECRETS, NODE_ENV: 'production', TRUSTED_PROXIES: '10.0.0.0/8' };
/** Of nobody's password. */
const PASSWORD_HASH = `scrypt$65536$8$1$${'a'.repeat(22)}$${'b'.repeat(43)}`;
const TRIAL = { ...SECRETS, NODE_ENV: 'development', CROUPIER_DEMO: '1' };

let source: string;
beforeAll(async () => {
  source = await readFile(join(rootDir, 'docker-compose.yml'), 'utf8');
});

test('every variable that a process is given is in its configuration table', () => {
  const { services } = compose(PRODUCTION);
  for (const [name, table] of Object.entries(TABLES)) {
    const unknown = Object.keys(service(services, name).environment).filter((variable) => !(variable in table));
    expect(unknown, name).toEqual([]);
  }
});

test.each([
  ['production', PRODUCTION],
  ['a trial', TRIAL],
])('the configuration is accepted, for %s', (_, env) => {
  const { services } = compose(env);
  const wallet = readWalletConfig(service(services, 'wallet').environment);
  const adapter = readAdapterConfig(service(services, 'adapter').environment);
  const jobs = readJobsConfig(service(services, 'jobs').environment);
  expect(wallet.services.map(({ name }) => name)).toEqual(['adapter', 'jobs', 'cli']);
  expect(wallet.NODE_ENV).toBe(env.NODE_ENV);
  expect(wallet.CROUPIER_DEMO).toBe(env === TRIAL);
  expect(adapter.WALLET_URLS).toEqual([`wallet:${wallet.WALLET_PORT}`]);
  expect(jobs.WALLET_URLS).toEqual([`wallet:${wallet.WALLET_PORT}`]);
  expect(jobs.REDIS_URL).toBe('redis://redis:6379');
});

test('the jobs know who calls them, keep their tables beside the wallet’s, and have what they ask the wallet for', () => {
  const { services } = compose(PRODUCTION);
  const jobs = readJobsConfig(service(services, 'jobs').environment);
  const wallet = readWalletConfig(service(services, 'wallet').environment);
  expect(jobs.services.map(({ name, roles }) => [name, [...roles]])).toEqual([
    ['cli', ['read', 'money', 'admin', 'ops']],
    ['adapter', ['read', 'money']],
  ]);
  expect(jobs.DATABASE_URL).toBe(wallet.DATABASE_URL);
  const roles = wallet.services.find(({ name }) => name === 'jobs')?.roles;
  expect([...(roles ?? [])]).toEqual(['read', 'money', 'jobs', 'ops', 'provider']);
  const cli = readConfig(cliConfig, service(services, 'croupier').environment);
  expect(cli.JOBS_URL).toBe(`jobs:${jobs.JOBS_PORT}`);
  expect(cli.JOBS_CLIENT_TOKEN).toBe(SECRETS.JOBS_CLI_TOKEN);
  expect(cli.JOBS_TLS_CA).toBe(jobs.JOBS_TLS_CERT);
});

test('neither StarGame nor PLATFORM is asked anything unless somebody says where it is', () => {
  const { STARGAME_API_URL, PLATFORM_API_URL } = service(compose(PRODUCTION).services, 'jobs').environment;
  expect({ STARGAME_API_URL, PLATFORM_API_URL }).toEqual({ STARGAME_API_URL: '', PLATFORM_API_URL: '' });
});

test('there is no lobby unless it is asked for; then the adapter reaches the jobs, and the command line makes its links', () => {
  expect(isLobbyOn(readAdapterConfig(service(compose(PRODUCTION).services, 'adapter').environment))).toBe(false);
  const link = { LOBBY_SECRET: '8'.repeat(64), LOBBY_URL: 'https://play.example.com/lobby' };
  const { services } = compose({ ...PRODUCTION, ...link, LOBBY_OPERATOR: 'casino' });
  const adapter = readAdapterConfig(service(services, 'adapter').environment);
  const jobs = readJobsConfig(service(services, 'jobs').environment);
  expect(isLobbyOn(adapter)).toBe(true);
  expect(adapter.JOBS_URL).toBe(`jobs:${jobs.JOBS_PORT}`);
  expect(adapter.JOBS_TLS_CA).toBe(jobs.JOBS_TLS_CERT);
  expect(adapter.JOBS_CLIENT_TOKEN).toBe(SECRETS.ADAPTER_JOBS_TOKEN);
  expect(readConfig(lobbyLinkConfig, service(services, 'croupier').environment)).toEqual(link);
});

test('production is what it is without a word, and demo data are not made without a word', () => {
  const { NODE_ENV, CROUPIER_DEMO } = service(compose(SECRETS).services, 'wallet').environment;
  expect({ NODE_ENV, CROUPIER_DEMO }).toEqual({ NODE_ENV: 'production', CROUPIER_DEMO: '0' });
});

test('without secrets nothing starts', () => {
  for (const name of Object.keys(SECRETS)) {
    expect(() => compose({ ...SECRETS, [name]: undefined }), name).toThrow(`${name} is needed`);
  }
});

test('ports are those of the contract, and reach the port that the process listens on', () => {
  const { services } = compose(PRODUCTION);
  const adapter = readAdapterConfig(service(services, 'adapter').environment);
  const wallet = readWalletConfig(service(services, 'wallet').environment);
  const jobs = readJobsConfig(service(services, 'jobs').environment);
  expect([adapter.ADAPTER_PORT, adapter.ADAPTER_OPS_PORT]).toEqual([8080, 8091]);
  expect([wallet.WALLET_PORT, wallet.WALLET_OPS_PORT]).toEqual([50051, 8092]);
  expect([jobs.OPS_PORT, jobs.JOBS_PORT]).toEqual([8090, 50052]);
  expect(service(services, 'adapter').ports).toEqual(['127.0.0.1:8080:8080']);
  expect(service(services, 'wallet').ports).toEqual(['127.0.0.1:50051:50051']);
  expect(service(services, 'jobs').ports).toEqual(['127.0.0.1:8090:8090', '127.0.0.1:50052:50052']);
  expect(service(services, 'mysql').ports ?? service(services, 'redis').ports).toBeUndefined();
});

test('a process is restarted, is asked whether it is ready on its inner port, and waits for what it needs', () => {
  const { services, volumes } = compose(PRODUCTION);
  const opsPorts = { wallet: 8092, adapter: 8091, jobs: 8090 };
  for (const name of PROCESSES) {
    const { command, restart, healthcheck, depends_on } = service(services, name);
    // The Dockerfile has the flags of the others.
    const flags = name === 'jobs' ? nodeFlags(name) : [];
    expect(command).toEqual(['node', ...flags, `src/${name}/main.ts`]);
    expect(restart).toBe('unless-stopped');
    expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${opsPorts[name]}/readyz`);
    for (const [needed, { condition }] of Object.entries(depends_on ?? {})) {
      expect(services[needed], needed).toBeDefined();
      if (condition === 'service_healthy') expect(services[needed]?.healthcheck, needed).toBeDefined();
    }
  }
  expect(new Set(mounted(services).filter((source) => !source.startsWith('./')))).toEqual(
    new Set(Object.keys(volumes)),
  );
});

test('the dashboard watches the others on their inner ports, and takes the users that it is given', () => {
  const users = `jane:${PASSWORD_HASH}`;
  const { services } = compose({ ...PRODUCTION, OPS_USERS: users });
  const adapter = readAdapterConfig(service(services, 'adapter').environment);
  const wallet = readWalletConfig(service(services, 'wallet').environment);
  const jobs = readJobsConfig(service(services, 'jobs').environment);
  expect(jobs.OPS_TARGETS).toEqual([
    `adapter=http://adapter:${adapter.ADAPTER_OPS_PORT}`,
    `wallet=http://wallet:${wallet.WALLET_OPS_PORT}`,
  ]);
  expect(jobs.OPS_USERS).toEqual([users]);
});

test('MySQL and Redis lose nothing that they have acknowledged or were given to keep', () => {
  const { services } = compose(PRODUCTION);
  expect(service(services, 'mysql').image).toBe('mysql:8.4');
  expect(service(services, 'mysql').command).toEqual(
    expect.arrayContaining(['--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1']),
  );
  expect(service(services, 'redis').command?.join(' ')).toContain('--appendonly yes --maxmemory-policy noeviction');
});

test('the adapter knows Redis, and its spool outlives its container', async () => {
  const { services } = compose(PRODUCTION);
  const { REDIS_URL, SPOOL_DIR } = readAdapterConfig(service(services, 'adapter').environment);
  expect(REDIS_URL).toBe('redis://redis:6379');
  expect(service(services, 'adapter').volumes).toContain(`spool:${SPOOL_DIR}`);
  // The container's own files are read-only, and a new volume belongs to root unless the image's folder does not.
  expect(await readFile(join(rootDir, 'Dockerfile'), 'utf8')).toContain(
    `mkdir ${SPOOL_DIR} && chown node:node ${SPOOL_DIR}`,
  );
});

test('monitoring is only started when asked for, reads files that are here, and is for this machine alone', async () => {
  const { services } = compose(PRODUCTION);
  for (const name of ['prometheus', 'grafana']) {
    const { profiles, ports, environment } = service(services, name);
    expect(profiles).toEqual(['monitoring']);
    expect(ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    // Nothing of the database's password or the wallet's tokens.
    expect(JSON.stringify(environment)).not.toMatch(/[1-7]{64}/);
  }
  const folders = mounted(services).filter((source) => source.startsWith('./'));
  expect(folders).toHaveLength(3);
  for (const folder of folders) expect(await readdir(join(rootDir, folder))).not.toEqual([]);
});

const mounted = (services: Record<string, Service>): string[] =>
  Object.values(services).flatMap((one) => one.volumes?.map((volume) => volume.split(':')[0] as string) ?? []);

function service(services: Record<string, Service>, name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** The file as Docker Compose reads it: parsed, merged, then variables put into its strings, every environment value a string. */
function compose(env: Record<string, string | undefined>): Compose {
  const parsed = putIn(parse(source, { merge: true }), env) as Compose;
  for (const one of Object.values(parsed.services)) {
    const values = Object.entries(one.environment ?? {}).map(([name, value]) => [name, String(value)]);
    one.environment = Object.fromEntries(values);
  }
  return parsed;
}

function putIn(node: unknown, env: Record<string, string | undefined>): unknown {
  if (typeof node === 'string') return interpolate(node, env);
  if (Array.isArray(node)) return node.map((item) => putIn(item, env));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, putIn(value, env)]));
}

/** Compose's `${NAME:-default}` and `${NAME:?message}`; `$$` is a dollar. */
function interpolate(text: string, env: Record<string, string | undefined>): string {
  return text.replaceAll(/\$\$|\$\{([A-Z_]+):([-?])([^}]*)\}/g, (match, name: string, kind: string, rest: string) => {
    if (match === '$$') return '$';
    const value = env[name] || (kind === '-' ? rest : undefined);
    if (value === undefined) throw new Error(`${name} is needed`);
    return value;
  });
}
