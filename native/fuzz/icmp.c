// First byte: family; the rest as it comes off a socket.
#include "../src/icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  if (length < 1) return 0;
  const uint8_t family = bytes[0] & 1 ? 6 : 4;
  struct icmp_message message;
  struct ip4_header header;
  struct quote quote;
  bytes += 1;
  length -= 1;
  if (ip4_parse(bytes, length, &header)) {
    icmp_parse(4, bytes + header.header_bytes, length - header.header_bytes, &message);
  }
  icmp_parse(family, bytes, length, &message);
  quote_parse(family, bytes, length, &quote);
  quote_parse_echo(family, bytes, length, &quote);
  return 0;
}
