import type { FastifyReply } from 'fastify';

const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

// Pages load everything from here; Lit uses constructed style sheets, so no inline style is needed.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const dataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A document that is made here carries its style with it, because it is also kept as a file; it runs nothing.
const documentPolicy = `${dataPolicy}; style-src 'unsafe-inline'`;

/** Answers of the API are fresh by nature and run nothing; call `asPage` where a file of the dashboard is sent. */
export function setSecurityHeaders(reply: FastifyReply): void {
  reply.headers(always);
  reply.header('content-security-policy', dataPolicy);
  reply.header('cache-control', 'no-store');
}

/** RFC 6797. Only for a certificate of the owner's: with ours, a device without our authority could never go past it. */
export function insistOnTls(reply: FastifyReply): void {
  reply.header('strict-transport-security', 'max-age=31536000');
}

/** Loosens the policy to what the dashboard needs and lets the file's own caching rule in. */
export function asPage(reply: FastifyReply, cacheControl: string): void {
  reply.header('content-security-policy', pagePolicy);
  reply.header('cache-control', cacheControl);
}

/** Lets a readable document of the API look as it was made. */
export function asDocument(reply: FastifyReply): void {
  reply.header('content-security-policy', documentPolicy);
}
