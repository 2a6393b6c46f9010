import { z } from 'zod';
import { adapterConfig } from '../../src/adapter/config.ts';
import { launchConfig } from '../../src/adapter/platform/launch-url.ts';
import { cliConfig } from '../../src/cli/config.ts';
import type { ConfigTable } from '../../src/common/config.ts';
import { lobbyLinkConfig } from '../../src/common/lobby-link.ts';
import { redisConfig } from '../../src/common/redis-config.ts';
import { jobsConfig } from '../../src/jobs/config.ts';
import { simulatorConfig } from '../../src/simulator/config.ts';
import { walletConfig } from '../../src/wallet/config.ts';
import { startConfig } from './paths.ts';

/** Every configuration table there is, under the name of who reads it. */
export const CONFIG_TABLES: Readonly<Record<string, ConfigTable>> = {
  wallet: walletConfig,
  adapter: adapterConfig,
  jobs: jobsConfig,
  simulator: simulatorConfig,
  'command line': { ...cliConfig, ...redisConfig, ...launchConfig, ...lobbyLinkConfig },
  'npm start': startConfig,
};

const BEGIN = '<!-- written by npm run configuration-docs: begin -->';
const END = '<!-- written by npm run configuration-docs: end -->';
const NEW_PAGE = `# Configuration\n\n${BEGIN}\n${END}\n`;

/** The page with its table written anew; what stands around the table stays. */
export function withConfigurationTable(page: string | null): string {
  const text = page ?? NEW_PAGE;
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/configuration.md has lost its marks:\n${BEGIN}\n${END}`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${configurationTable()}\n\n${text.slice(end)}`;
}

/** One row a variable; a variable that means different things to different readers has a row for each. */
export function configurationTable(): string {
  const rows = new Map<string, { name: string; fallback: string; readers: string[]; description: string }>();
  for (const [reader, table] of Object.entries(CONFIG_TABLES)) {
    for (const [name, schema] of Object.entries(table)) {
      const description = schema.description ?? '';
      const fallback = defaultOf(schema);
      const key = [name, fallback, description].join('\n');
      const row = rows.get(key) ?? { name, fallback, readers: [], description };
      row.readers.push(reader);
      rows.set(key, row);
    }
  }
  return [
    '| variable | default | read by | what it is |',
    '|---|---|---|---|',
    ...[...rows.values()]
      .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
      .map(({ name, fallback, readers, description }) =>
        row([`\`${name}\``, fallback, readers.join(', '), description]),
      ),
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** As it would be written in the environment; "none" for a variable that has to be set. */
function defaultOf(schema: z.ZodType): string {
  const { default: fallback } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  if (fallback === undefined) return schema.safeParse(undefined).success ? '' : 'none';
  return fallback === null || fallback === '' ? '' : `\`${String(fallback)}\``;
}
