import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { AppError } from '../../../core/errors.ts';
import { orNull, type Segment, Verdict } from '../../../core/shapes.ts';
import { type EvidenceNode, Outage, Symptom } from '../outage/schema.ts';

const Witness = orNull(Type.Object({ sent: Type.Integer(), lost: Type.Integer() }));

/**
 * What an incident must know of one of its outages to be grouped, judged and worded without asking for it again. Words
 * are made from it at each reading, so that they follow the time zone and the clock.
 */
export const Member = Type.Object({
  outage: Type.Integer(),
  line: Type.String(),
  family: Outage.properties.family,
  kind: Outage.properties.kind,
  symptom: Symptom,
  verdict: Verdict,
  candidates: Type.Array(Verdict),
  confidence: Type.Number(),
  /** False while the verdict is still being looked for. */
  isDecided: Type.Boolean(),
  severity: Outage.properties.severity,
  startedMs: Type.Number(),
  endedMs: orNull(Type.Number()),
  endedBy: Outage.properties.endedBy,
  target: orNull(Type.String()),
  targetName: orNull(Type.String()),
  /** Exchanges with the stations on the way while it lasted; null for a station that could say nothing. */
  witnesses: Type.Object({ lan: Witness, gateway: Witness, isp: Witness }),
  /** The other family worked in that time. */
  hasOtherFamily: Type.Boolean(),
  lossRatio: orNull(Type.Number()),
  rttMs: orNull(Type.Number()),
  baselineMs: orNull(Type.Number()),
});
export type Member = Static<typeof Member>;

export function memberOf(outage: Outage): Member {
  const { id, line, family, kind, symptom, verdict, candidates, confidence, severity } = outage;
  const nodes = outage.evidence.nodes.filter(({ isUsed }) => isUsed);
  const own = nodes.filter((node) => family === 'both' || node.family === family);
  const anchors = own.filter(({ segment }) => segment === 'anchor');
  const destinations = outage.target === null ? anchors : own.filter((node) => node.target === outage.target);
  const { sent, lost } = sumOf(destinations);
  return {
    outage: id,
    line,
    family,
    kind,
    symptom,
    verdict,
    candidates: [...candidates],
    confidence,
    isDecided: outage.decidedAt !== null,
    severity,
    startedMs: Date.parse(outage.startedAt),
    endedMs: outage.endedAt === null ? null : Date.parse(outage.endedAt),
    endedBy: outage.endedBy,
    target: outage.target,
    targetName: nodes.find(({ target }) => target === outage.target)?.name ?? outage.target,
    witnesses: { lan: witness(own, 'lan'), gateway: witness(own, 'gateway'), isp: witness(own, 'isp') },
    hasOtherFamily: nodes.some(
      (node) =>
        node.segment === 'anchor' && !own.includes(node) && node.sent > 0 && node.lost < node.sent / 2,
    ),
    lossRatio: sent === 0 ? null : lost / sent,
    rttMs: medianOf(destinations.map(({ rttMs }) => rttMs)),
    baselineMs: medianOf(destinations.map(({ baselineMs }) => baselineMs)),
  };
}

/** Compiled at its first use: a line in ruins has thousands of them. */
let compiled: ReturnType<typeof Compile<typeof Member>> | undefined;

/** Reads a member back from the database. */
export function parseMember(text: string): Member {
  compiled ??= Compile(Member);
  const value: unknown = JSON.parse(text);
  if (compiled.Check(value)) return value;
  const [problem] = compiled.Errors(value);
  const where = `incident_outages.facts${problem?.instancePath ?? ''}`;
  throw new AppError('INCIDENT_DAMAGED', `A stored outage of an incident cannot be read: ${where} is wrong`);
}

function witness(nodes: readonly EvidenceNode[], segment: Segment): Static<typeof Witness> {
  const sum = sumOf(nodes.filter((node) => node.segment === segment));
  return sum.sent === 0 ? null : sum;
}

function sumOf(nodes: readonly EvidenceNode[]): { sent: number; lost: number } {
  const sum = { sent: 0, lost: 0 };
  for (const { sent, lost } of nodes) {
    sum.sent += sent;
    sum.lost += lost;
  }
  return sum;
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}
