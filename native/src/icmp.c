#include "icmp.h"
#include <string.h>

enum { V4_REPLY = 0, V4_REQUEST = 8, V6_REQUEST = 128, V6_REPLY = 129 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

static void write_token(uint8_t *p, const struct token *token) {
  write64(p, token->nonce);
  write32(p + 8, token->slot);
  write32(p + 12, token->generation);
}

static struct token read_token(const uint8_t *p) {
  return (struct token){.nonce = read64(p), .slot = read32(p + 8), .generation = read32(p + 12)};
}

size_t icmp_build_echo(uint8_t family, const struct echo *echo, uint8_t *out, size_t capacity) {
  const size_t length = ICMP_HEADER_BYTES + echo->payload;
  if (echo->payload < ECHO_MIN_PAYLOAD || echo->payload > ECHO_MAX_PAYLOAD || length > capacity) return 0;
  out[0] = family == 6 ? V6_REQUEST : V4_REQUEST;
  out[1] = 0;
  write16(out + 2, 0);
  write16(out + 4, echo->id);
  write16(out + 6, echo->sequence);
  write_token(out + 8, &echo->token);
  write16(out + 24, 0);
  for (size_t i = ICMP_HEADER_BYTES + ECHO_MIN_PAYLOAD; i < length; i += 1) out[i] = (uint8_t)i;
  if (echo->flow >= 0) {
    // Paris traceroute: put into the payload what brings the checksum to a constant. All-ones and zero are
    // one value.
    const uint16_t now = sum16(out, length);
    const uint16_t wanted = (uint16_t) ~(uint16_t)echo->flow;
    uint32_t fill = (uint32_t)wanted + 0xffff - now;
    fill = (fill & 0xffff) + (fill >> 16);
    write16(out + 24, (uint16_t)fill);
  }
  // The kernel makes the checksum of ICMPv6 (RFC 3542 §3.1) and of ping sockets; raw IPv4 needs ours.
  if (family == 4) write16(out + 2, (uint16_t)~sum16(out, length));
  return length;
}

bool ip4_parse(const uint8_t *bytes, size_t length, struct ip4_header *out) {
  if (length < 20 || bytes[0] >> 4 != 4) return false;
  out->header_bytes = (size_t)(bytes[0] & 15) * 4;
  if (out->header_bytes < 20 || out->header_bytes > length) return false;
  out->ttl = bytes[8];
  out->protocol = bytes[9];
  memcpy(out->source, bytes + 12, 4);
  memcpy(out->destination, bytes + 16, 4);
  return true;
}

bool quote_parse_echo(uint8_t family, const uint8_t *bytes, size_t length, struct quote *out) {
  if (length < ICMP_HEADER_BYTES || bytes[0] != (family == 6 ? V6_REQUEST : V4_REQUEST)) return false;
  out->is_echo = true;
  out->id = read16(bytes + 4);
  out->sequence = read16(bytes + 6);
  out->has_token = length >= ICMP_HEADER_BYTES + TOKEN_BYTES;
  if (out->has_token) out->token = read_token(bytes + ICMP_HEADER_BYTES);
  return true;
}

bool quote_parse(uint8_t family, const uint8_t *bytes, size_t length, struct quote *out) {
  memset(out, 0, sizeof *out);
  size_t offset = 40;
  if (family == 4) {
    struct ip4_header header;
    if (!ip4_parse(bytes, length, &header)) return false;
    out->protocol = header.protocol;
    memcpy(out->destination, header.destination, 4);
    offset = header.header_bytes;
  } else {
    if (length < 40 || bytes[0] >> 4 != 6) return false;
    out->protocol = bytes[6];
    memcpy(out->destination, bytes + 24, 16);
  }
  const uint8_t *inner = bytes + offset;
  const size_t rest = length - offset;
  if (out->protocol == (family == 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP)) {
    return quote_parse_echo(family, inner, rest, out);
  }
  if (out->protocol != PROTOCOL_UDP && out->protocol != PROTOCOL_TCP) return false;
  if (rest < 4) return false;
  out->source_port = read16(inner);
  out->destination_port = read16(inner + 2);
  return true;
}

static bool is_error(uint8_t family, uint8_t type) {
  return icmp_error_meaning(family, type, 0) != ERROR_NONE;
}

bool icmp_parse(uint8_t family, const uint8_t *bytes, size_t length, struct icmp_message *out) {
  memset(out, 0, sizeof *out);
  if (length < ICMP_HEADER_BYTES) return false;
  out->type = bytes[0];
  out->code = bytes[1];
  if (out->type == (family == 6 ? V6_REPLY : V4_REPLY)) {
    out->kind = MESSAGE_REPLY;
    out->id = read16(bytes + 4);
    out->sequence = read16(bytes + 6);
    out->has_token = length >= ICMP_HEADER_BYTES + TOKEN_BYTES;
    if (out->has_token) out->token = read_token(bytes + ICMP_HEADER_BYTES);
    return true;
  }
  if (!is_error(family, out->type)) return true;
  if (!quote_parse(family, bytes + ICMP_HEADER_BYTES, length - ICMP_HEADER_BYTES, &out->quote)) return false;
  out->kind = MESSAGE_ERROR;
  if (icmp_error_meaning(family, out->type, out->code) == ERROR_TOO_BIG) {
    // RFC 1191 §4 has a 16-bit MTU in the second half; RFC 4443 §3.2 all 32 bits.
    out->mtu = family == 4 ? read16(bytes + 6) : read32(bytes + 4);
  }
  return true;
}

enum error_meaning icmp_error_meaning(uint8_t family, uint8_t type, uint8_t code) {
  if (family == 4) {
    switch (type) {
    case 3:
      return code == 4 ? ERROR_TOO_BIG : code == 3 ? ERROR_PORT : ERROR_UNREACHABLE;
    case 11:
      return ERROR_HOP;
    case 12:
      return ERROR_UNREACHABLE;
    default:
      return ERROR_NONE;
    }
  }
  switch (type) {
  case 1:
    return code == 4 ? ERROR_PORT : ERROR_UNREACHABLE;
  case 2:
    return ERROR_TOO_BIG;
  case 3:
    return ERROR_HOP;
  case 4:
    return ERROR_UNREACHABLE;
  default:
    return ERROR_NONE;
  }
}
