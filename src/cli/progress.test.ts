import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { follow } from './progress.ts';

type Step = { done: number; finished: boolean };

async function* steps(...all: Step[]): AsyncGenerator<Step> {
  yield* all;
}

async function followed(isTTY: boolean, run: AsyncIterable<Step>): Promise<{ end: Step | undefined; told: string }> {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const told = text(stderr);
  const end = await follow(createOutput(new PassThrough(), stderr), run, ({ done }) => `${done} done`);
  stderr.end();
  return { end, told: await told };
}

const ONE = { done: 1, finished: false };
const TWO = { done: 2, finished: false };
const END = { done: 3, finished: true };

test('at a terminal each step takes the place of the one before', async () => {
  const { end, told } = await followed(true, steps(ONE, TWO, END));
  expect(end).toBe(END);
  expect(told).toBe('\r\u001b[2K1 done\r\u001b[2K2 done\r\u001b[2K3 done\n');
});

test('elsewhere the first is told, and not each of those that follow at once', async () => {
  const { end, told } = await followed(false, steps(ONE, TWO, END));
  expect(end).toBe(END);
  expect(told).toBe('1 done\n');
});

test('a run that ends without having finished has no end', async () => {
  expect((await followed(false, steps(ONE))).end).toBeUndefined();
  expect((await followed(false, steps())).end).toBeUndefined();
});

test('a run that fails ends the line, and is a failure', async () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const told = text(stderr);
  async function* failing(): AsyncGenerator<Step> {
    yield ONE;
    throw new Error('gone');
  }
  await expect(follow(createOutput(new PassThrough(), stderr), failing(), () => 'step')).rejects.toThrow('gone');
  stderr.end();
  expect(await told).toBe('\r\u001b[2Kstep\n');
});
