import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rootDir } from '../../scripts/lib/paths.ts';
import { createTestDatabase } from '../harness/database.ts';
import { startAdapter, startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { createTestRedis } from '../harness/redis.ts';

type Rule = {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
};
type Alerts = { groups: { name: string; rules: Rule[] }[] };
type Scrapes = { rule_files: string[]; scrape_configs: { job_name: string; dns_sd_configs: { port: number }[] }[] };
type Panel = { title: string; type: string; gridPos: Box; targets?: { expr: string; datasource: { uid: string } }[] };
type Box = { x: number; y: number; w: number; h: number };
type Dashboard = { panels: Panel[]; templating: { list: { name: string; type: string }[] } };

const DOCUMENT = 'docs/operations.md';

let rules: Rule[];
let dashboard: Dashboard;
/** Every metric that a process of ours exports. */
let exported: Set<string>;

beforeAll(async () => {
  rules = (parse(await read('deploy/prometheus/alerts.yml')) as Alerts).groups.flatMap((group) => group.rules);
  dashboard = JSON.parse(await read('deploy/grafana/dashboards/croupier.json')) as Dashboard;
  await using database = await createTestDatabase();
  await using redis = await createTestRedis();
  await using wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  await using spool = await mkdtempDisposable(join(tmpdir(), 'croupier-spool-'));
  const env = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  await using adapter = await startAdapter({ env: { ...env, SPOOL_DIR: spool.path } });
  await using jobs = await startJobs({ env: { ...env, DATABASE_URL: database.url } });
  exported = new Set((await Promise.all([wallet, adapter, jobs].map(metricNames))).flat());
});

test('every metric that an alert asks for is exported', () => {
  expect(rules.length).toBeGreaterThan(0);
  expect(missing(rules.map(({ alert, expr }) => [alert, expr]))).toEqual([]);
});

test('every metric that a panel shows is exported', () => {
  const shown = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  );
  expect(shown.length).toBeGreaterThan(0);
  expect(missing(shown)).toEqual([]);
});

test('every alert has a severity, a summary, and a section of its own that says what to do', async () => {
  const headings = [...(await read(DOCUMENT)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  for (const { alert, labels, annotations } of rules) {
    expect(['page', 'warning'], alert).toContain(labels.severity);
    expect(annotations.summary, alert).not.toBe('');
    expect(annotations.runbook).toBe(`${DOCUMENT}#${alert.toLowerCase()}`);
    expect(headings, alert).toContain(alert);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test('Prometheus reads the alerts, and scrapes the jobs that they and the dashboard name', async () => {
  const { rule_files, scrape_configs } = parse(await read('deploy/prometheus/prometheus.yml')) as Scrapes;
  expect(rule_files).toEqual(['alerts.yml']);
  const ports = scrape_configs.map((one) => [one.job_name, one.dns_sd_configs[0]?.port]);
  expect(Object.fromEntries(ports)).toEqual({
    'croupier-adapter': 8091,
    'croupier-wallet': 8092,
    'croupier-jobs': 8090,
  });
});

test("every panel takes its data from the dashboard's one variable, and none lies on another", () => {
  expect(dashboard.templating.list).toEqual([expect.objectContaining({ name: 'datasource', type: 'datasource' })]);
  for (const { targets = [] } of dashboard.panels) {
    for (const { datasource } of targets) expect(datasource.uid).toBe('$' + '{datasource}');
  }
  const overlapping = dashboard.panels.filter((panel, index) =>
    dashboard.panels.slice(index + 1).some((other) => overlap(panel.gridPos, other.gridPos)),
  );
  expect(overlapping.map(({ title }) => title)).toEqual([]);
});

test('Grafana is told where Prometheus and the dashboard are', async () => {
  const provisioning = 'deploy/grafana/provisioning';
  const { datasources } = parse(await read(`${provisioning}/datasources/prometheus.yml`)) as {
    datasources: { type: string; url: string }[];
  };
  expect(datasources).toEqual([expect.objectContaining({ type: 'prometheus', url: 'http://prometheus:9090' })]);
  const { providers } = parse(await read(`${provisioning}/dashboards/croupier.yml`)) as {
    providers: { options: { path: string } }[];
  };
  const compose = await read('docker-compose.yml');
  expect(compose).toContain(`./deploy/grafana/dashboards:${providers[0]?.options.path}:ro`);
});

const read = (path: string): Promise<string> => readFile(join(rootDir, path), 'utf8');

async function metricNames({ opsUrl }: TestProcess): Promise<string[]> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

/** "Where: metric", for every metric in an expression that nobody exports. `up` is Prometheus's own. */
function missing(expressions: readonly (readonly [where: string, expression: string])[]): string[] {
  return expressions.flatMap(([where, expression]) =>
    metricsIn(expression)
      .filter((name) => name !== 'up' && !exported.has(name))
      .map((name) => `${where}: ${name}`),
  );
}

/** What stands in a PromQL expression before a selector, a range or nothing, without functions, keywords and labels. */
function metricsIn(expression: string): string[] {
  const bare = expression.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b(by|without|on) *\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-z_][a-z0-9_]*\b(?! *\()/g)]
    .map(([name]) => name)
    .filter((name) => !['or', 'and', 'unless', 'offset', 'by'].includes(name));
}

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
