#include "../src/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  links_parse(bytes, length);
  return 0;
}
