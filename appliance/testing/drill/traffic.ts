/** Fills a line until it is killed: `traffic.ts ADDRESS DOWN UP`, with so many TCP connections each way to port 80. */
import { connect } from 'node:net';

const endless = 1_000_000_000_000;
const chunk = Buffer.alloc(64 << 10);
const retryMs = 500;

function open(address: string, head: string, pump: boolean): void {
  const socket = connect({ host: address, port: 80 });
  const fill = () => {
    while (pump && socket.write(chunk));
  };
  socket.once('connect', () => {
    socket.write(head);
    fill();
  });
  socket.on('drain', fill);
  socket.resume();
  socket.on('error', () => undefined); // a full line may well break connections; the next one comes
  socket.on('close', () => setTimeout(() => open(address, head, pump), retryMs));
}

const [address = '', down = '0', up = '0'] = process.argv.slice(2);
for (let each = 0; each < Number(down); each += 1)
  open(address, `GET /bytes/${endless} HTTP/1.1\r\nHost: ${address}\r\n\r\n`, false);
for (let each = 0; each < Number(up); each += 1)
  open(address, `POST / HTTP/1.1\r\nHost: ${address}\r\nContent-Length: ${endless}\r\n\r\n`, true);
