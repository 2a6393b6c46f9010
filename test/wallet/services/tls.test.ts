import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { OutboxService } from '../../../src/gen/wallet/v1/outbox_pb.ts';
import { type Certificate, makeCertificates } from './certificates.ts';
import { createCall, type Fixture, refusal, startFixture } from './fixture.ts';

const READER_TOKEN = 'token-of-the-reader';
const JOBS_TOKEN = 'token-of-the-jobs-too';

let certificates: Awaited<ReturnType<typeof makeCertificates>>;
let serverCa: Certificate;
let clientCa: Certificate;
let strangerCa: Certificate;
let serverCertificate: Certificate;

beforeAll(async () => {
  certificates = await makeCertificates();
  serverCa = await certificates.authority('server-ca');
  clientCa = await certificates.authority('client-ca');
  strangerCa = await certificates.authority('stranger-ca');
  serverCertificate = await certificates.server('wallet', serverCa);
});
afterAll(() => certificates.remove());

describe('TLS with tokens', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startSecured({ WALLET_SERVICES: `reader:read:${READER_TOKEN}` });
  });
  afterAll(() => fixture.stop());

  it('serves who trusts the certificate and has a token', async () => {
    const reader = createCall(fixture.wallet, { ca: serverCa.cert, token: READER_TOKEN });
    expect((await reader.call(OperatorService.method.listOperators, {})).operators).toEqual([]);
    reader.close();
  });

  it('refuses who has no token, and is refused by who does not trust it', async () => {
    const nobody = createCall(fixture.wallet, { ca: serverCa.cert });
    expect((await refusal(nobody.call(OperatorService.method.listOperators, {}))).code).toBe('UNAUTHENTICATED');
    nobody.close();
    const doubter = createCall(fixture.wallet, { ca: strangerCa.cert, token: READER_TOKEN });
    expect((await refusal(doubter.call(OperatorService.method.listOperators, {}))).code).toBe('UNAVAILABLE');
    doubter.close();
    const plain = createCall(fixture.wallet, { token: READER_TOKEN });
    expect((await refusal(plain.call(OperatorService.method.listOperators, {}))).code).toBe('UNAVAILABLE');
    plain.close();
  });
});

describe('mTLS', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startSecured({
      WALLET_SERVICES: `jobs:jobs:${JOBS_TOKEN},cli:admin+read,reader:read:${READER_TOKEN}`,
      WALLET_TLS_CLIENT_CA: clientCa.cert,
    });
  });
  afterAll(() => fixture.stop());

  const withCertificate = async (commonName: string, signer: Certificate, token = '') => {
    const { cert, key } = await certificates.client(`client-${commonName}`, commonName, signer);
    return createCall(fixture.wallet, { ca: serverCa.cert, cert, key, token });
  };

  it('names the service by its certificate, which has its roles', async () => {
    const jobs = await withCertificate('jobs', clientCa);
    expect((await jobs.call(OutboxService.method.claimMessages, {})).messages).toEqual([]);
    expect(await refusal(jobs.call(OperatorService.method.listOperators, {}))).toEqual({
      code: 'PERMISSION_DENIED',
      details: 'jobs needs the role read for ListOperators',
    });
    jobs.close();
    const cli = await withCertificate('cli', clientCa);
    expect((await cli.call(OperatorService.method.listOperators, {})).operators).toEqual([]);
    cli.close();
  });

  it('takes the token of the same service beside it, and refuses another one', async () => {
    const same = await withCertificate('jobs', clientCa, JOBS_TOKEN);
    expect((await same.call(OutboxService.method.claimMessages, {})).messages).toEqual([]);
    same.close();
    for (const token of [READER_TOKEN, 'token-of-nobody-at-all']) {
      const other = await withCertificate('jobs', clientCa, token);
      expect((await refusal(other.call(OutboxService.method.claimMessages, {}))).code).toBe('UNAUTHENTICATED');
      other.close();
    }
  });

  it('refuses a certificate that names no service', async () => {
    const stranger = await withCertificate('stranger', clientCa);
    expect(await refusal(stranger.call(OperatorService.method.listOperators, {}))).toEqual({
      code: 'UNAUTHENTICATED',
      details: 'the certificate names no known service',
    });
    stranger.close();
  });

  it('lets nobody connect without a certificate, or with one of another authority, whatever their token', async () => {
    const without = createCall(fixture.wallet, { ca: serverCa.cert, token: JOBS_TOKEN });
    expect((await refusal(without.call(OutboxService.method.claimMessages, {}))).code).toBe('UNAVAILABLE');
    without.close();
    const foreign = await withCertificate('jobs', strangerCa, JOBS_TOKEN);
    expect((await refusal(foreign.call(OutboxService.method.claimMessages, {}))).code).toBe('UNAVAILABLE');
    foreign.close();
  });
});

function startSecured(env: Record<string, string>): Promise<Fixture> {
  return startFixture({ WALLET_TLS_CERT: serverCertificate.cert, WALLET_TLS_KEY: serverCertificate.key, ...env });
}
