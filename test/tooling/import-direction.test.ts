import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { rootDir } from '../../scripts/lib/paths.ts';
import { runTool } from '../../scripts/lib/tools.ts';

const FORBIDDEN = [
  ['src/adapter', '../wallet/config.ts'],
  ['src/adapter/platform', '../../wallet/core/decide.ts'],
  ['src/adapter/platform', '../../jobs/queues.ts'],
  ['src/adapter', '../cli/main.ts'],
  ['src/adapter', '../../test/harness/platform.ts'],
  ['src/adapter', 'mysql2/promise'],
  ['src/adapter', '../common/db.ts'],
  ['src/wallet', '../adapter/app.ts'],
  ['src/wallet', '../simulator/main.ts'],
  ['src/wallet/core', '../../adapter/platform/amounts.ts'],
  ['src/wallet', '../jobs/queues.ts'],
  ['src/jobs', '../wallet/config.ts'],
  ['src/jobs', '../simulator/main.ts'],
  ['src/jobs', '../adapter/app.ts'],
  ['src/jobs', '../adapter/platform/routes.ts'],
  ['src/cli', '../wallet/config.ts'],
  ['src/cli', '../adapter/platform/routes.ts'],
  ['src/cli', 'mysql2'],
  ['src/cli', '../common/db.ts'],
  ['src/simulator', '../adapter/stargame/remote/xml.ts'],
  ['src/simulator', '../gen/wallet/v1/money_pb.ts'],
  ['src/common', '../wallet/config.ts'],
  ['src/common', '../../scripts/lib/ports.ts'],
] as const;

const ALLOWED = [
  ['src/adapter/platform', '../../gen/wallet/v1/money_pb.ts'],
  ['src/adapter/platform', '../../common/wallet-client.ts'],
  ['src/adapter/platform', '../wallet-stream.ts'],
  ['src/wallet/core', '../../gen/wallet/v1/money_pb.ts'],
  ['src/wallet', 'mysql2/promise'],
  ['src/jobs', '../adapter/outbound/remote-error.ts'],
  ['src/jobs', '../adapter/platform/client/client.ts'],
  ['src/jobs', '../adapter/stargame/remote/remote.ts'],
  ['src/jobs', '../adapter/stargame/remote/operations/api-reg.ts'],
  ['src/jobs', '../adapter/stargame/launch.ts'],
  ['src/jobs', '../common/db.ts'],
  ['src/jobs', '../gen/wallet/v1/outbox_pb.ts'],
  ['src/cli', '../adapter/platform/launch-url.ts'],
  ['src/common', '../gen/wallet/v1/money_pb.ts'],
  ['src/simulator', '../common/log.ts'],
] as const;

/** The files that the linter refuses, when there is one for each of these imports. */
let refused: Set<string>;

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-lint-'));
  try {
    const config = JSON.parse(await readFile(join(rootDir, 'biome.json'), 'utf8')) as object;
    await writeFile(join(dir, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
    for (const [folder, specifier] of [...FORBIDDEN, ...ALLOWED]) {
      const path = join(dir, fileOf(folder, specifier));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `import { something } from '${specifier}';\n\nconsole.log(something);\n`);
    }
    const options = [
      `--config-path=${dir}`,
      '--only=style/noRestrictedImports',
      '--max-diagnostics=none',
      '--colors=off',
    ];
    const { output } = await runTool('biome', ['lint', ...options, dir]);
    const lines = output.matchAll(/^(\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/gm);
    refused = new Set([...lines].map(([, path = '']) => path.slice(path.indexOf('src/'))));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

function fileOf(folder: string, specifier: string): string {
  return `${folder}/${specifier.replaceAll(/[^a-z]+/g, '-')}.ts`;
}

test.each(FORBIDDEN)('%s may not import %s', (folder, specifier) => {
  expect(refused).toContain(fileOf(folder, specifier));
});

test.each(ALLOWED)('%s may import %s', (folder, specifier) => {
  expect(refused).not.toContain(fileOf(folder, specifier));
});
