import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from '../core/errors.ts';
import type { Family } from '../core/shapes.ts';

function refuse(address: string, why: string): never {
  throw new AppError('TARGET_INVALID', `${address === '' ? 'An empty address' : address} ${why}`, {
    status: 400,
  });
}

/** The family of a numeric address, zone allowed for IPv6; null when it is none. */
export function familyOf(address: string): Family | null {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : null;
}

/** A valid IPv6 address without zone, as eight numbers. */
export function groupsOf(address: string): number[] {
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = mapped
    ? `${mapped[1]}${((Number(mapped[2]) << 8) | Number(mapped[3])).toString(16)}:${((Number(mapped[4]) << 8) | Number(mapped[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return parse(head);
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function checkIpv4(address: string): void {
  const first = Number(address.split('.')[0]);
  if (address === '255.255.255.255')
    refuse(address, 'is the broadcast address; give the address of one host.');
  if (first === 0) refuse(address, 'is not the address of a host (0.0.0.0/8 means "this network").');
  if (first >= 224 && first <= 239) refuse(address, 'is a multicast address; give the address of one host.');
  if (first >= 240) refuse(address, 'is reserved (240.0.0.0/4) and cannot be reached.');
}

function checkIpv6(address: string): void {
  const [bare = '', zone] = address.split('%');
  const groups = groupsOf(bare);
  const first = groups[0] ?? 0;
  if (groups.every((group) => group === 0))
    refuse(address, 'is the unspecified address, not that of a host.');
  if (first >> 8 === 0xff) refuse(address, 'is a multicast address; give the address of one host.');
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    refuse(address, 'is an IPv4 address in IPv6 clothes; write the IPv4 address.');
  }
  const isLinkLocal = (first & 0xffc0) === 0xfe80;
  if (isLinkLocal && !zone) {
    refuse(address, `is link-local and needs its interface, for example ${bare}%eth0.`);
  }
  if (zone !== undefined && !/^[A-Za-z0-9._@-]{1,15}$/.test(zone)) {
    refuse(address, 'has a malformed zone after the percent sign.');
  }
}

/** Throws AppError `TARGET_INVALID` unless this is the numeric unicast address of that family. */
export function checkAddress(address: string, family: Family): void {
  const actual = familyOf(address);
  if (actual === null) refuse(address, 'is not a numeric IPv4 or IPv6 address.');
  if (actual !== family) refuse(address, `is ${actual}, but ${family} was asked for.`);
  if (actual === 'ipv4') checkIpv4(address);
  else checkIpv6(address);
}
