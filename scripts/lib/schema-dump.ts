import mysql from 'mysql2/promise';

type Column = {
  TABLE_NAME: string;
  COLUMN_NAME: string;
  COLUMN_TYPE: string;
  IS_NULLABLE: 'YES' | 'NO';
  COLUMN_DEFAULT: string | null;
  EXTRA: string;
  CHARACTER_SET_NAME: string | null;
  COLLATION_NAME: string | null;
};

type KeyPart = {
  TABLE_NAME: string;
  INDEX_NAME: string;
  IS_UNIQUE: number;
  COLUMN_NAME: string;
  SUB_PART: number | null;
};

const headerOf = (
  folder: string,
): string => `-- What ${folder}/migrations come to. Written by \`npm run schema\`, never by hand; a test compares it.
-- Where a column names no collation, it has its server's default for utf8mb4.
`;

/**
 * The tables of a database as SQL that is the same text whether MariaDB or MySQL holds them: made of information_schema,
 * because SHOW CREATE TABLE differs in widths, defaults and collations. Ordered by bytes: collations of names differ too.
 * `folder`: whose it is, as src/wallet.
 */
export async function dumpSchema(databaseUrl: string, folder: string): Promise<string> {
  const connection = await mysql.createConnection(databaseUrl);
  try {
    const collations = await defaultCollations(connection);
    const columns = await rows<Column>(
      connection,
      `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, CHARACTER_SET_NAME, COLLATION_NAME
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY HEX(TABLE_NAME), ORDINAL_POSITION`,
    );
    const keyParts = await rows<KeyPart>(
      connection,
      `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE = 0 AS IS_UNIQUE, COLUMN_NAME, SUB_PART
       FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
       ORDER BY HEX(TABLE_NAME), INDEX_NAME = 'PRIMARY' DESC, HEX(INDEX_NAME), SEQ_IN_INDEX`,
    );
    const engines = await rows<{ TABLE_NAME: string; ENGINE: string }>(
      connection,
      'SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY HEX(TABLE_NAME)',
    );
    const keysOf = Map.groupBy(keyParts, (part) => part.TABLE_NAME);
    const columnsOf = Map.groupBy(columns, (column) => column.TABLE_NAME);
    const tables = engines.map(({ TABLE_NAME: name, ENGINE }) => {
      const lines = [
        ...(columnsOf.get(name) ?? []).map((column) => columnLine(column, collations)),
        ...keyLines(keysOf.get(name) ?? []),
      ];
      return `CREATE TABLE ${name} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n) ENGINE=${ENGINE};\n`;
    });
    return [headerOf(folder), ...tables].join('\n');
  } finally {
    await connection.end();
  }
}

/** Each character set's default here, and the database's own. */
async function defaultCollations(connection: mysql.Connection): Promise<Set<string>> {
  const found = await rows<{ NAME: string }>(
    connection,
    `SELECT COLLATION_NAME AS NAME FROM information_schema.COLLATIONS WHERE IS_DEFAULT = 'Yes'
     UNION SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()`,
  );
  return new Set(found.map(({ NAME }) => NAME));
}

function columnLine(column: Column, defaults: ReadonlySet<string>): string {
  const { COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, EXTRA, CHARACTER_SET_NAME, COLLATION_NAME } = column;
  const isDefault = COLLATION_NAME === null || defaults.has(COLLATION_NAME);
  return [
    COLUMN_NAME,
    withoutWidth(COLUMN_TYPE),
    ...(CHARACTER_SET_NAME === null ? [] : [`CHARACTER SET ${CHARACTER_SET_NAME}`]),
    ...(isDefault ? [] : [`COLLATE ${COLLATION_NAME}`]),
    IS_NULLABLE === 'YES' ? 'NULL' : 'NOT NULL',
    ...defaultOf(column),
    ...(EXTRA === '' ? [] : [EXTRA.toUpperCase()]),
  ].join(' ');
}

/** MariaDB shows bigint(20), MySQL bigint: the width has no meaning. */
function withoutWidth(type: string): string {
  return type.replace(/^(tinyint|smallint|mediumint|int|bigint)\(\d+\)/, '$1').toUpperCase();
}

/** MariaDB shows a literal as SQL and an absent default as NULL; MySQL shows the bare value, and null. */
function defaultOf({ COLUMN_DEFAULT, CHARACTER_SET_NAME }: Column): string[] {
  if (COLUMN_DEFAULT === null || COLUMN_DEFAULT === 'NULL') return [];
  const bare = COLUMN_DEFAULT.replace(/^'(.*)'$/s, '$1');
  return [`DEFAULT ${CHARACTER_SET_NAME === null ? bare : `'${bare}'`}`];
}

function keyLines(parts: readonly KeyPart[]): string[] {
  return [...Map.groupBy(parts, (part) => part.INDEX_NAME)].map(([name, ofKey]) => {
    const columns = ofKey.map(({ COLUMN_NAME, SUB_PART }) => COLUMN_NAME + (SUB_PART === null ? '' : `(${SUB_PART})`));
    return `${keyKind(name, ofKey[0]?.IS_UNIQUE === 1)} (${columns.join(', ')})`;
  });
}

function keyKind(name: string, isUnique: boolean): string {
  if (name === 'PRIMARY') return 'PRIMARY KEY';
  return isUnique ? `UNIQUE KEY ${name}` : `KEY ${name}`;
}

async function rows<T>(connection: mysql.Connection, sql: string): Promise<T[]> {
  const [found] = await connection.query<(T & mysql.RowDataPacket)[]>(sql);
  return found;
}
