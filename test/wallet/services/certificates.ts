import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key, as paths of PEM files. */
export type Certificate = { cert: string; key: string };

/** Certificates for a test, made by openssl in a folder of their own. */
export async function makeCertificates() {
  const folder = await mkdtemp(join(tmpdir(), 'croupier-certificates-'));
  const make = async (name: string, commonName: string, more: readonly string[]): Promise<Certificate> => {
    const made = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-keyout', made.key, '-out', made.cert, '-subj', `/CN=${commonName}`, ...more],
    ]);
    return made;
  };
  return {
    authority: (name: string): Promise<Certificate> => make(name, name, []),
    server: (name: string, signer: Certificate): Promise<Certificate> =>
      make(name, name, [...signedBy(signer), '-addext', 'subjectAltName=IP:127.0.0.1']),
    client: (name: string, commonName: string, signer: Certificate): Promise<Certificate> =>
      make(name, commonName, signedBy(signer)),
    remove: (): Promise<void> => rm(folder, { recursive: true }),
  };
}

function signedBy(signer: Certificate): string[] {
  return ['-CA', signer.cert, '-CAkey', signer.key, '-addext', 'basicConstraints=critical,CA:FALSE'];
}
