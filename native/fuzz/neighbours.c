// A datagram of a dump; few places, so that the end of the table is met too.
#include "../src/neighbours.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  struct neighbour entries[3];
  size_t count = 0;
  neighbours_parse(bytes, length, entries, sizeof entries / sizeof *entries, &count);
  return 0;
}
