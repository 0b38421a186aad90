import type { Command, Terminal } from '../../../core/feature.ts';
import type { TlsStatus } from './schema.ts';

const authority: Command = {
  name: 'ca',
  summary: 'print the certificate of this box’s own authority (PEM): ist tls ca > ist-ca.pem',
  run: async ({ client, terminal }) => {
    const pem = await client.text('/api/tls/ca.pem');
    if (terminal.isJson) terminal.json({ certificate: pem });
    else terminal.raw(pem);
    return 0;
  },
};

const renew: Command = {
  name: 'new-ca',
  summary: 'make a new authority for the names that the box has now; every device must install it anew',
  run: async ({ client, terminal }) => {
    terminal.progress('Making a key and its certificates …');
    const status = await client.send<TlsStatus>('POST', '/api/tls/ca');
    show(status, terminal);
    return status.problem === null ? 0 : 1;
  },
};

export const tlsCommand: Command = {
  name: 'tls',
  summary: 'whether the dashboard is encrypted, with which certificate, and its fingerprints',
  commands: [authority, renew],
  run: async ({ client, terminal }) => {
    const status = await client.get<TlsStatus>('/api/tls');
    show(status, terminal);
    return status.problem === null ? 0 : 1;
  },
};

const nameColumns = 18;

const encryption: Readonly<Record<TlsStatus['inUse'], string>> = {
  none: 'none: plain HTTP',
  local: 'a certificate of this box’s own authority',
  own: 'your certificate',
};

function show(status: TlsStatus, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.json(status);
    return;
  }
  const { certificate, authority: ca } = status;
  const rows: [string, string][] = [
    ['Encryption', `${encryption[status.inUse]} (http.tls: ${status.wanted})`],
  ];
  if (certificate) {
    rows.push(
      ['Certificate', `${certificate.subject}, by ${certificate.issuer}`],
      ['  fingerprint', certificate.fingerprint],
      ['  good until', `${certificate.endsAt.slice(0, 10)}${daysLeft(certificate.daysLeft)}`],
      ['  good for', certificate.names.join(', ')],
    );
    if (certificate.uncovered.length > 0) rows.push(['  not good for', certificate.uncovered.join(', ')]);
  }
  if (ca) {
    rows.push(
      ['Own authority', ca.name],
      ['  fingerprint', ca.fingerprint],
      ['  good until', ca.endsAt.slice(0, 10)],
      ['  to install it', 'open /api/tls/ca.crt of the dashboard on the device, or: ist tls ca > ist-ca.pem'],
    );
  }
  const width = Math.max(20, terminal.columns - nameColumns);
  for (const [name, value] of rows) {
    // A fingerprint is compared letter by letter, so a narrow terminal breaks it rather than cut it.
    const lines = value.includes(' ') ? terminal.draw.wrap(value, width) : [value];
    for (const [index, line] of lines.entries()) {
      terminal.line(`${(index === 0 ? name : '').padEnd(nameColumns)}${line}`);
    }
  }
  if (status.notice !== null) terminal.line(status.notice);
  if (status.problem !== null) terminal.error(status.problem.message);
}

function daysLeft(days: number | null): string {
  if (days === null) return ' (the time is not known)';
  return days < 0 ? ' (over)' : ` (${days} days left)`;
}
