/** Text written by strangers (names of hosts, networks, routers and owners, words of a page) on its way in. */

/**
 * What could drive a terminal or deceive a reader and says nothing itself: control characters, directional marks and
 * overrides (CVE-2021-42574), line separators, invisible characters and tags. Tab and line feed stay; so do the two
 * joiners, without which some scripts cannot be written.
 */
const unsafe = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const breaks = /[\s\u0085]+/g;

/** The longest a name of anything is: a host name (RFC 1035 §2.3.4). */
const longestName = 255;

/** The text without anything invisible that acts; lines and tabs stay. */
export function withoutControls(text: string): string {
  return text.replace(unsafe, '');
}

/**
 * One line of at most `maxBytes` bytes of UTF-8, safe on pages, terminals and in reports; empty when nothing is left.
 * Everything that a stranger named goes through here once, where it comes in, so that nobody has to remember later.
 */
export function cleanText(text: string, maxBytes = longestName): string {
  // Whatever is cut off here would not have fitted; a megabyte of name costs nothing.
  const line = text
    .slice(0, maxBytes * 4)
    .toWellFormed()
    .replace(breaks, ' ');
  return cutBytes(withoutControls(line).replace(/ +/g, ' ').trim(), maxBytes).trimEnd();
}

function cutBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // RFC 3629 §3: bytes 10xxxxxx continue a character; it is kept whole or not at all.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
