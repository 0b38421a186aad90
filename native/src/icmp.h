// ICMP and ICMPv6: building echo requests, reading replies and errors. No sockets.
#ifndef IST_ICMP_H
#define IST_ICMP_H
#include "bytes.h"
#include <stdbool.h>

// Rides in the payload, so that a reply is matched by it and not by the shared 16-bit sequence number alone.
struct token {
  uint64_t nonce;
  uint32_t slot;
  uint32_t generation;
};

enum {
  ICMP_HEADER_BYTES = 8,
  TOKEN_BYTES = 16,
  // Token and the two bytes that hold the checksum constant for a flow.
  ECHO_MIN_PAYLOAD = 18,
  ECHO_MAX_PAYLOAD = 9000,
};

struct echo {
  uint16_t id;
  uint16_t sequence;
  struct token token;
  size_t payload;
  // 0..65535: the ICMP checksum to end up with, so that load balancers keep one path; -1: whatever it is.
  int32_t flow;
};

// What an ICMP error quotes of our packet (RFC 792: at least 8 bytes after the IP header; RFC 4443: as much
// as fits).
struct quote {
  uint8_t protocol;
  uint8_t destination[16];
  bool is_echo;
  bool has_token;
  uint16_t id;
  uint16_t sequence;
  uint16_t source_port;
  uint16_t destination_port;
  struct token token;
};

enum icmp_kind { MESSAGE_OTHER, MESSAGE_REPLY, MESSAGE_ERROR };

struct icmp_message {
  enum icmp_kind kind;
  uint8_t type;
  uint8_t code;
  uint16_t id;
  uint16_t sequence;
  bool has_token;
  struct token token;
  uint32_t mtu;
  struct quote quote;
};

struct ip4_header {
  size_t header_bytes;
  uint8_t ttl;
  uint8_t protocol;
  uint8_t source[4];
  uint8_t destination[4];
};

// What an ICMP error means for the exchange it quotes.
enum error_meaning { ERROR_UNREACHABLE, ERROR_PORT, ERROR_HOP, ERROR_TOO_BIG, ERROR_NONE };

// All return false (0) on bytes that are too short or not what they should be. `family` is 4 or 6.
size_t icmp_build_echo(uint8_t family, const struct echo *echo, uint8_t *out, size_t capacity);
bool icmp_parse(uint8_t family, const uint8_t *bytes, size_t length, struct icmp_message *out);
bool ip4_parse(const uint8_t *bytes, size_t length, struct ip4_header *out);
bool quote_parse(uint8_t family, const uint8_t *bytes, size_t length, struct quote *out);
// The part of a quote behind the IP header, as error queues of ping sockets give it.
bool quote_parse_echo(uint8_t family, const uint8_t *bytes, size_t length, struct quote *out);
enum error_meaning icmp_error_meaning(uint8_t family, uint8_t type, uint8_t code);
#endif
