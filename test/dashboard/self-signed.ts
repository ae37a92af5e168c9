import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a certificate that signs itself. @returns its files, the key's with mode 0600 */
export function selfSigned(folder: string, hosts: string, days = 30): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', keyFile];
  const names = ['-subj', '/CN=nightshift', '-addext', `subjectAltName=${hosts}`];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', String(days), ...names, '-out', certFile], {
    stdio: 'pipe',
  });
  chmodSync(keyFile, 0o600);
  return { certFile, keyFile };
}
