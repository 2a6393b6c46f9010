import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import {
  CatalogueGameSchema,
  CatalogueService,
  ListLobbiesResponseSchema,
  SearchGamesResponseSchema,
} from '../../gen/jobs/v1/catalogue_pb.ts';
import { createLobbyCatalogue } from './catalogue.ts';
import type { JobsCalls } from './jobs-calls.ts';

/** Answers as the jobs do, from titles that a test changes. */
function fakeJobs(titles: string[]): JobsCalls {
  const call = async (method: unknown, request: unknown): Promise<unknown> => {
    if (method === CatalogueService.method.listLobbies) return create(ListLobbiesResponseSchema, {});
    const { pageToken = '', pageSize = 0 } = request as { pageToken?: string; pageSize?: number };
    const from = Number(pageToken);
    const page = titles.slice(from, from + pageSize).map((title, index) => {
      return create(CatalogueGameSchema, { gameId: String(from + index), title, vendor: 'netent', platform: 'any' });
    });
    const next = from + pageSize < titles.length ? String(from + pageSize) : '';
    return create(SearchGamesResponseSchema, { games: page, nextPageToken: next });
  };
  return { call: call as JobsCalls['call'] };
}

test('a list that is read again and did not change stays the same objects; of one that did, what did not', async () => {
  let nowMs = 0;
  const titles = Array.from({ length: 1_234 }, (_, index) => `Game ${String(index).padStart(4, '0')}`);
  const shelfAt = createLobbyCatalogue({ jobs: fakeJobs(titles), tabs: [], now: () => nowMs });
  const first = await shelfAt('casino', false);
  expect(first.on[''].games.map(({ view }) => view.title)).toEqual(titles);
  expect(first.on.mobile.categories[0]).toMatchObject({ count: titles.length });

  nowMs += 60_000;
  expect(await shelfAt('casino', false)).toBe(first);

  nowMs += 60_000;
  titles[700] = 'Game 0700, with more';
  const changed = await shelfAt('casino', false);
  const known = new Set(first.on[''].games);
  expect(changed.on[''].games.map(({ view }) => view.title)).toEqual(titles);
  expect(changed.on[''].games.filter((game) => !known.has(game)).map(({ id }) => id)).toEqual(['700']);
});
