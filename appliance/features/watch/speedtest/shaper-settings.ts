/** A shaper's rates as settings of routers that have one. */
import type { ShaperAdvice } from './schema.ts';

/** A direction without a rate is left as it is: 0 means "do not shape" to sqm-scripts. */
export function settingsFor(downKbps: number | null, upKbps: number | null): ShaperAdvice['settings'] {
  return [openWrt(downKbps ?? 0, upKbps ?? 0), opnSense(downKbps, upKbps)];
}

function openWrt(downKbps: number, upKbps: number): ShaperAdvice['settings'][number] {
  const set = (option: string, value: string | number) => `uci set sqm.wan.${option}='${value}'`;
  return {
    system: 'openwrt',
    title: 'OpenWrt with sqm-scripts',
    steps: [
      'Install sqm-scripts (and luci-app-sqm for its page under Network).',
      'Put the device of your WAN in the place of WAN_DEVICE: `uci get network.wan.device` tells it.',
      'Run the commands on the router, then test again.',
    ],
    commands: [
      "uci set sqm.wan='queue'",
      set('interface', 'WAN_DEVICE'),
      set('download', downKbps),
      set('upload', upKbps),
      set('qdisc', 'cake'),
      set('script', 'piece_of_cake.qos'),
      set('linklayer', 'ethernet'),
      set('overhead', 44),
      set('enabled', 1),
      'uci commit sqm',
      'service sqm enable && service sqm restart',
    ],
  };
}

function opnSense(downKbps: number | null, upKbps: number | null): ShaperAdvice['settings'][number] {
  const ways = [
    { name: 'Download', kbps: downKbps, direction: 'in' },
    { name: 'Upload', kbps: upKbps, direction: 'out' },
  ].filter(({ kbps }) => kbps !== null);
  return {
    system: 'opnsense',
    title: 'OPNsense',
    steps: ways.flatMap(({ name, kbps, direction }) => [
      `Firewall, Shaper, Pipes: add one named ${name} with bandwidth ${kbps} Kbit/s and scheduler type FlowQueue-CoDel.`,
      `Queues: add one named ${name} on that pipe, weight 100.`,
      `Rules: add one on the WAN interface, direction ${direction}, with that queue as its target.`,
    ]),
    commands: [],
  };
}
