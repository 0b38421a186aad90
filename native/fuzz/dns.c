// A query and a reply in one: the first two bytes say how long the query is.
#include "../src/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  if (length < 2) return 0;
  size_t split = read16(bytes);
  bytes += 2;
  length -= 2;
  if (split > length) split = length;
  struct dns_reply reply;
  dns_parse_reply(bytes + split, length - split, &reply);
  dns_is_answer(bytes, split, bytes + split, length - split);
  dns_is_answer(bytes + split, length - split, bytes, split);
  return 0;
}
