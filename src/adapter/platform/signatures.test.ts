import { describe, expect, it } from 'vitest';
import { Signer, sha1 } from './signatures.ts';

const signer = new Signer('secret_key', ['status', 'balance']);

describe('Signer', () => {
  // Vectors by sha1sum, of the document's formulas with its own example values.
  const statusAuthorization = 'bf84a057cda585cb95f0a1fc64e967faacd71fbc';

  it('authorizes sha1(command + secret)', () => {
    expect(signer.authorizes('status', statusAuthorization)).toBe(true);
    expect(signer.authorizes('balance', statusAuthorization)).toBe(false);
    expect(signer.authorizes('status', sha1('status'))).toBe(false);
  });

  it('authorizes a command that it was not told of', () => {
    expect(signer.authorizes('other', sha1('othersecret_key'))).toBe(true);
    expect(signer.authorizes('other', sha1('other'))).toBe(false);
  });

  it('verifies sha1(command + request_timestamp + secret)', () => {
    const hash = '94536ab3ef971f0b307b00d39ddbcf4b7961bb55';
    expect(signer.verifies('status', '2020-12-01 13:44:54', hash)).toBe(true);
    expect(signer.verifies('status', '2020-12-01 13:44:55', hash)).toBe(false);
    expect(signer.verifies('balance', '2020-12-01 13:44:54', hash)).toBe(false);
  });

  it.each([undefined, null, 7, {}, '', 'x'.repeat(39), 'x'.repeat(41), 'é'.repeat(40)])(
    'takes %j for no hash',
    (given) => {
      expect(signer.authorizes('status', given)).toBe(false);
      expect(signer.verifies('status', '2020-12-01 13:44:54', given)).toBe(false);
    },
  );

  it('does not complete a short hash from the one before', () => {
    expect(signer.authorizes('status', statusAuthorization)).toBe(true);
    expect(signer.authorizes('status', `${statusAuthorization.slice(0, 39)}é`)).toBe(false);
  });

  it('signs with one reading of the clock', () => {
    const ok = signer.sign('OK', Date.UTC(2020, 11, 1, 15, 33, 11, 999));
    expect(ok).toEqual({ timestamp: '2020-12-01 15:33:11', hash: 'fcc641fb4885911b30861927ad20c5ac3687928f' });
    const error = signer.sign('ERROR', Date.UTC(2020, 11, 1, 15, 33, 12, 0));
    expect(error).toEqual({ timestamp: '2020-12-01 15:33:12', hash: 'b3519655fd72252a48bf50def6aeaec847dd56fc' });
    expect(signer.sign('OK', Date.UTC(2020, 11, 1, 15, 33, 12, 500)).timestamp).toBe('2020-12-01 15:33:12');
  });
});
