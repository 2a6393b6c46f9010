import { status } from '@grpc/grpc-js';
import { UnrecoverableError } from 'bullmq';
import { expect, test } from 'vitest';
import { asJobError, isPermanent, permanentFailure } from './permanent-failure.ts';

const serviceError = (code: status): Error => Object.assign(new Error(`${code} details`), { code, details: 'details' });

test.each([status.NOT_FOUND, status.INVALID_ARGUMENT])('status %i can get no other answer', (code) => {
  const error = asJobError(serviceError(code)) as Error;
  expect(error).toBeInstanceOf(UnrecoverableError);
  expect(isPermanent(error.message)).toBe(true);
});

test.each([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.UNKNOWN,
  status.RESOURCE_EXHAUSTED,
  status.INTERNAL,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
])('status %i may pass, and is tried again', (code) => {
  const error = serviceError(code);
  expect(asJobError(error)).toBe(error);
});

test('an error of any other kind stays what it is; a failure that was named permanent stays permanent', () => {
  const bug = new TypeError('x is undefined');
  expect(asJobError(bug)).toBe(bug);
  const named = permanentFailure('payload playerId');
  expect(asJobError(named)).toBe(named);
  expect(named.message).toBe('permanent: payload playerId');
});

test.each([undefined, null, '', 'job stalled more than allowable limit'])('%j is no permanent reason', (reason) => {
  expect(isPermanent(reason)).toBe(false);
});
