import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../core/clock.ts';
import { description, FakeRouter } from '../testing/fakes/router.ts';
import { askGateway } from './gateway-http.ts';
import { findRouterGauge } from './igd.ts';
import { parseDescription, tagCounter, tagText, tagWord } from './igd-xml.ts';
import { locationIn } from './ssdp.ts';

const gateway = '127.0.0.1';
const never = () => new AbortController().signal;

const plainCounters = (action: string): Record<string, string> | null => {
  if (action === 'GetTotalBytesReceived') return { NewTotalBytesReceived: '4294967290' };
  if (action === 'GetTotalBytesSent') return { NewTotalBytesSent: '1000' };
  if (action === 'GetCommonLinkProperties')
    return { NewWANAccessType: 'DSL', NewPhysicalLinkStatus: 'Up', NewLayer1UpstreamMaxBitRate: '1' };
  if (action === 'GetStatusInfo') return { NewConnectionStatus: 'Connected', NewUptime: '86400' };
  return null;
};

/** Looks for this router as if it were the gateway; its search port stands in for the multicast group. */
const find = (router: FakeRouter, signal = never()) =>
  findRouterGauge({ interfaceName: null, gateway }, signal, {
    multicast: { address: gateway, port: router.ssdpPort },
    unicastPort: router.ssdpPort,
    repeatAfterMs: 50,
    waitMs: 150,
  });

async function withRouter(work: (router: FakeRouter) => Promise<void>): Promise<void> {
  await using router = await FakeRouter.up({ host: gateway });
  router.act = plainCounters;
  await work(router);
}

describe('findRouterGauge', () => {
  it('finds a router and reads its counters, its link and its uptime', async () => {
    await withRouter(async (router) => {
      const gauge = await find(router);
      assert.equal(gauge?.name, "Tom & Ann's router");
      assert.deepEqual(await gauge.read(never()), {
        rxBytes: 4_294_967_290,
        txBytes: 1000,
        linkState: 'Up',
        uptimeSeconds: 86_400,
      });
    });
  });

  it('asks for link and uptime with every sixth reading only', async () => {
    await withRouter(async (router) => {
      const gauge = await find(router);
      router.requests.length = 0;
      for (let reading = 0; reading < 7; reading += 1) await gauge?.read(never());
      const count = (action: string) => router.requests.filter((request) => request.endsWith(action)).length;
      assert.equal(count('GetTotalBytesSent'), 7);
      assert.equal(count('GetStatusInfo'), 2);
    });
  });

  it('prefers one answer with 64 bits to two with 32', async () => {
    await withRouter(async (router) => {
      router.act = (action) =>
        action === 'GetAddonInfos'
          ? {
              NewByteSendRate: '2112',
              NewTotalBytesSent: '7',
              NewTotalBytesReceived: '8',
              NewX_AVM_DE_TotalBytesSent64: '40000000007',
              NewX_AVM_DE_TotalBytesReceived64: '800000000008',
            }
          : plainCounters(action);
      const reading = await (await find(router))?.read(never());
      assert.equal(reading?.rxBytes, 800_000_000_008);
      assert.equal(reading?.txBytes, 40_000_000_007);
      assert.ok(!router.requests.some((request) => request.endsWith('GetTotalBytesSent')));
    });
  });

  it('is null when nobody answers, and when the router counts nothing', async () => {
    await withRouter(async (router) => {
      router.act = () => null;
      assert.equal(await find(router), null);
      router.location = () => null;
      assert.equal(await find(router), null);
    });
  });

  it('looks at IPv4 gateways and interfaces that exist only', async () => {
    const signal = never();
    assert.equal(await findRouterGauge({ interfaceName: null, gateway: 'fe80::1%eth0' }, signal), null);
    assert.equal(await findRouterGauge({ interfaceName: 'nosuch0', gateway }, signal), null);
  });

  it('rejects when the search is called off', async () => {
    await withRouter(async (router) => {
      const calling = new AbortController();
      const search = find(router, calling.signal);
      calling.abort();
      await assert.rejects(search, { name: 'AbortError' });
    });
  });

  it('a reading fails when the router has gone silent, and when it stops counting', async () => {
    await withRouter(async (router) => {
      const gauge = await find(router);
      assert.ok(gauge);
      router.act = () => null;
      await assert.rejects(gauge.read(never()), { code: 'ROUTER_ANSWER_INVALID' });
      await router[Symbol.asyncDispose]();
      await assert.rejects(gauge.read(never()), { code: 'ROUTER_SILENT' });
    });
  });
});

describe('a hostile router', () => {
  /** A server on the own machine that must never hear from us. */
  async function withBystander(work: (address: string, heard: string[]) => Promise<void>): Promise<void> {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(request.url ?? '');
      response.end(description());
    });
    server.listen(0, '127.0.0.2');
    await new Promise((done) => server.once('listening', done));
    try {
      await work(`http://127.0.0.2:${(server.address() as AddressInfo).port}`, heard); // it listens on TCP
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  it('cannot send us to another host: not by its answer, a redirect, a base or a control address', async () => {
    await withBystander((elsewhere, heard) =>
      withRouter(async (router) => {
        router.location = () => `${elsewhere}/rootDesc.xml`;
        assert.equal(await find(router), null);
        router.location = (own) => own;
        router.describe = (_, response) => response.writeHead(302, { location: `${elsewhere}/a.xml` }).end();
        assert.equal(await find(router), null);
        router.describe = (_, response) => response.end(description(`${elsewhere}/ctl`));
        assert.equal(await find(router), null);
        router.describe = (_, response) =>
          response.end(
            description('/ctl', '').replace('<device>', `<URLBase>${elsewhere}</URLBase><device>`),
          );
        assert.equal((await find(router))?.name, "Tom & Ann's router", 'the base is not believed');
        assert.deepEqual(heard, []);
      }),
    );
  });

  it('cannot fill memory with a description without end', async () => {
    await withRouter(async (router) => {
      let sent = 0;
      router.describe = (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('<service>'.repeat(4096))) sent += 36_864;
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      };
      assert.equal(await find(router), null);
      assert.ok(sent < 16 << 20, `${sent} bytes were taken`);
    });
  });

  it('cannot hold us for ever with an answer that drips', async () => {
    await withRouter(async (router) => {
      router.describe = (_, response) => {
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      };
      const url = new URL(router.url);
      const asked = {
        gateway,
        url,
        localAddress: null,
        method: 'GET',
        maxBytes: 1 << 20,
        timeoutMs: 100,
      } as const;
      await assert.rejects(askGateway(asked, never()), { code: 'ROUTER_SILENT' });
    });
  });

  it('cannot blow up entities, because nothing is expanded', async () => {
    await withRouter(async (router) => {
      const bomb = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
        { length: 9 },
        (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i === 0 ? '' : i};`.repeat(10)}">`,
      ).join('')}<!ENTITY file SYSTEM "file:///etc/passwd">]>`;
      router.describe = (_, response) =>
        response.end(description('/ctl', bomb).replace("Tom &amp; Ann's", '&lol9;&file;'));
      assert.equal((await find(router))?.name, '&lol9;&file; router');
    });
  });

  it('cannot pass anything but numbers for counters', async () => {
    for (const value of ['-1', '1e3', '0x10', '12 34', '', '99999999999999999999999', '<b>1</b>', 'NaN']) {
      await withRouter(async (router) => {
        router.act = (action) =>
          action === 'GetTotalBytesSent' ? { NewTotalBytesSent: value } : plainCounters(action);
        assert.equal(await find(router), null, `"${value}" was taken for a counter`);
      });
    }
  });
});

describe('locationIn', () => {
  const answer = (location: string) => `HTTP/1.1 200 OK\r\nEXT:\r\nLOCATION: ${location}\r\n\r\n`;

  it('takes plain HTTP on the gateway, on any port', () => {
    assert.equal(locationIn(answer('http://192.168.1.1:49000/igddesc.xml'), '192.168.1.1')?.port, '49000');
    assert.equal(locationIn(answer('http://192.168.1.1/'), '192.168.1.1')?.pathname, '/');
  });

  it('takes nothing else', () => {
    for (const location of [
      'http://192.168.1.2/d.xml',
      'https://192.168.1.1/d.xml',
      'file:///etc/passwd',
      'http://192.168.1.1@192.168.1.9/',
      'http://192.168.1.1.example.com/',
      '//192.168.1.1/d.xml',
      '/d.xml',
      `http://192.168.1.1/${'a'.repeat(600)}`,
      '',
    ])
      assert.equal(locationIn(answer(location), '192.168.1.1'), null, location);
    assert.equal(locationIn('NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/\r\n', '192.168.1.1'), null);
    assert.equal(locationIn('', '192.168.1.1'), null);
  });
});

describe('values in XML', () => {
  it('are found under any prefix, with attributes, and decoded', () => {
    assert.equal(tagText('<x:NewUptime dt:dt="ui4"> 12 </x:NewUptime>', 'NewUptime'), '12');
    assert.equal(tagText('<a>&lt;&amp;&quot;&apos;&gt;&#65;</a>', 'a'), '<&"\'>&#65;');
    assert.equal(tagText('<ab>1</ab>', 'a'), null);
    assert.equal(tagText('<a><b>1</b></a>', 'a'), null);
    assert.equal(tagCounter('<a>18446744073709551615</a>', 'a'), 2 ** 64);
    assert.equal(tagWord('<a>Up</a>', 'a'), 'Up');
    assert.equal(tagWord('<a>Up and away</a>', 'a'), null);
  });

  it('cost linear time whatever the text is', () => {
    const startedMs = systemClock.monoMs();
    for (const text of [
      '<'.repeat(200_000),
      '<service '.repeat(25_000),
      '<service>'.repeat(25_000),
      '<a>'.repeat(70_000),
    ]) {
      const { services } = parseDescription(text);
      assert.deepEqual(services, []);
    }
    const tookMs = systemClock.monoMs() - startedMs;
    assert.ok(tookMs < 3000, `${tookMs} ms; with the square of the length it would be minutes`);
    fc.assert(fc.property(fc.string(), (text) => parseDescription(`<service>${text}`).services.length <= 1));
  });

  it('a name is cleaned of what would disturb a page or a terminal', () => {
    const name = (text: string) => parseDescription(`<friendlyName>${text}</friendlyName>`).name;
    assert.equal(name('A\u001b[31m\u202eB\n'), 'A[31mB');
    assert.equal(name('x'.repeat(500)).length, 64);
    assert.equal(name(''), 'Router');
  });
});
