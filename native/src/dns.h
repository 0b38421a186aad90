// The little of DNS the engine needs (RFC 1035 §4.1): does this datagram answer that query, and with which
// code.
#ifndef IST_DNS_H
#define IST_DNS_H
#include "bytes.h"
#include <stdbool.h>

enum { DNS_HEADER_BYTES = 12, DNS_MAX_QUERY = 512, DNS_MAX_REPLY = 4096 };

struct dns_reply {
  uint16_t id;
  uint8_t rcode;
  bool is_truncated;
  uint16_t answers;
};

bool dns_parse_reply(const uint8_t *bytes, size_t length, struct dns_reply *out);
// Same question, names compared without case (RFC 4343); servers that leave the question out of an error
// pass.
bool dns_is_answer(const uint8_t *query, size_t query_length, const uint8_t *reply, size_t reply_length);
#endif
