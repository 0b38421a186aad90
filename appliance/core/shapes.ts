/** Shapes that more than one feature speaks of. Units are in the names; times on the wire are ISO 8601 UTC. */
import { type Static, type TSchema, Type } from 'typebox';

/** A value that may not be known. */
export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

export const Family = Type.Union([Type.Literal('ipv4'), Type.Literal('ipv6')]);
export type Family = Static<typeof Family>;

/**
 * The part of the path a target stands for, seen from the box outwards. lan: another device of the house, a witness
 * for the local network. isp: the provider's first router. transit: routers behind it that the paths to several
 * anchors share.
 */
export const Segment = Type.Union([
  Type.Literal('lan'),
  Type.Literal('gateway'),
  Type.Literal('isp'),
  Type.Literal('transit'),
  Type.Literal('resolver'),
  Type.Literal('anchor'),
  Type.Literal('custom'),
]);
export type Segment = Static<typeof Segment>;

/** How exchanges with a target are made: raw ICMP, unprivileged ICMP socket, TCP handshake, DNS query over UDP. */
export const Method = Type.Union([
  Type.Literal('icmp-raw'),
  Type.Literal('icmp-socket'),
  Type.Literal('tcp'),
  Type.Literal('dns'),
]);
export type Method = Static<typeof Method>;

/**
 * How one exchange ended.
 * ok: a reply in time. timeout: none in time. unreachable: a router answered with an ICMP error. refused: the host
 * answered "no" (TCP RST, which still gives a round-trip time). local: this box could not send (no route, interface
 * down, firewall, buffer). skipped: a slot in which nothing was tried; it is not measured and never counts.
 */
export const Outcome = Type.Union([
  Type.Literal('ok'),
  Type.Literal('timeout'),
  Type.Literal('unreachable'),
  Type.Literal('refused'),
  Type.Literal('local'),
  Type.Literal('skipped'),
]);
export type Outcome = Static<typeof Outcome>;

export const IsoTime = Type.String({ format: 'date-time', description: 'ISO 8601, UTC, with Z' });
export type IsoTime = string;

export const LineState = Type.Union([
  Type.Literal('up'),
  Type.Literal('degraded'),
  Type.Literal('down'),
  Type.Literal('unknown'),
]);
export type LineState = Static<typeof LineState>;

/**
 * Whose fault it was. device: our own link or power. lan: the local network. gateway: the home router. access: the line
 * to the provider. isp: the provider's network. transit: beyond it. dns: names. service: one destination. ipv6: that
 * family alone. unclear: the evidence does not say.
 */
export const Verdict = Type.Union(
  [
    Type.Literal('device'),
    Type.Literal('lan'),
    Type.Literal('gateway'),
    Type.Literal('access'),
    Type.Literal('isp'),
    Type.Literal('transit'),
    Type.Literal('dns'),
    Type.Literal('service'),
    Type.Literal('ipv6'),
    Type.Literal('captive-portal'),
    Type.Literal('unclear'),
  ],
  { $id: 'Verdict' },
);
export type Verdict = Static<typeof Verdict>;
