import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createOutput, type Output, type View } from './output.ts';

async function printed(print: (output: Output) => Promise<void>): Promise<string> {
  const stdout = new PassThrough();
  const read = text(stdout);
  await print(createOutput(stdout, new PassThrough()));
  stdout.end();
  return read;
}

const PAGES: View[][] = [
  [
    { userId: '1', balance: '5.00' },
    { userId: '17', balance: '-12345.00' },
  ],
  [],
  [{ userId: 'a-long-user', balance: '0.10' }],
];

test('a table has one heading, and columns that only grow', async () => {
  expect(await printed((output) => output.list(PAGES, false))).toBe(
    ['userId  balance', '1       5.00', '17      -12345.00', 'a-long-user  0.10', ''].join('\n'),
  );
});

test('a list as JSON is one array, over all pages', async () => {
  const json = await printed((output) => output.list(PAGES, true));
  expect(JSON.parse(json)).toEqual(PAGES.flat());
});

test('an empty list says so', async () => {
  expect(await printed((output) => output.list([], false))).toBe('none\n');
  expect(JSON.parse(await printed((output) => output.list([[]], true)))).toEqual([]);
});

test('one thing is a line a field, or JSON', async () => {
  const view: View = {
    operatorId: 'examplecasino',
    allowlist: [],
    currencies: ['EUR', 'RUB'],
    group: '',
    closedAt: null,
  };
  expect(await printed((output) => output.show(view, false))).toBe(
    ['operatorId  examplecasino', 'allowlist   -', 'currencies  EUR RUB', 'group       -', 'closedAt    -', ''].join(
      '\n',
    ),
  );
  expect(JSON.parse(await printed((output) => output.show(view, true)))).toEqual(view);
});

test('control characters reach no terminal', async () => {
  expect(await printed((output) => output.show({ userName: 'a\n\u001b[2Jb' }, false))).toBe('userName  a??[2Jb\n');
});

test('a live line is written over by the next, and ends where it ended', async () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const read = text(stderr);
  const output = createOutput(new PassThrough(), stderr);
  await output.endLive();
  await output.live('1 of 2');
  await output.live('2 of 2');
  await output.endLive();
  await output.endLive();
  await output.note('done');
  stderr.end();
  expect(output.interactive).toBe(true);
  expect(await read).toBe('\r\u001b[2K1 of 2\r\u001b[2K2 of 2\ndone\n');
});
