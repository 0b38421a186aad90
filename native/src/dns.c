#include "dns.h"

bool dns_parse_reply(const uint8_t *bytes, size_t length, struct dns_reply *out) {
  if (length < DNS_HEADER_BYTES || !(bytes[2] & 0x80)) return false;
  out->id = read16(bytes);
  out->is_truncated = bytes[2] & 0x02;
  out->rcode = bytes[3] & 0x0f;
  out->answers = read16(bytes + 6);
  return true;
}

// Length of the first question (name, type, class) or 0. A pointer cannot stand in the first name of a
// message.
static size_t question_length(const uint8_t *bytes, size_t length) {
  size_t at = DNS_HEADER_BYTES;
  while (at < length && bytes[at] != 0) {
    if (bytes[at] > 63) return 0;
    at += (size_t)bytes[at] + 1;
  }
  at += 1 + 4;
  if (at > length || at > DNS_HEADER_BYTES + 255 + 4) return 0;
  return at - DNS_HEADER_BYTES;
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

bool dns_is_answer(const uint8_t *query, size_t query_length, const uint8_t *reply, size_t reply_length) {
  if (query_length < DNS_HEADER_BYTES || reply_length < DNS_HEADER_BYTES) return false;
  if (!(reply[2] & 0x80) || read16(query) != read16(reply)) return false;
  const bool is_failure = (reply[3] & 0x0f) != 0;
  if (read16(reply + 4) == 0) return is_failure;
  const size_t asked = question_length(query, query_length);
  if (asked == 0 || question_length(reply, reply_length) != asked) return false;
  for (size_t i = DNS_HEADER_BYTES; i < DNS_HEADER_BYTES + asked; i += 1) {
    if (lower(query[i]) != lower(reply[i])) return false;
  }
  return true;
}
