// Text from the configuration, as the binding hands it over.
#include "../src/destination.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  struct address address;
  char *text = malloc(length + 1);
  if (!text) return 0;
  memcpy(text, bytes, length);
  text[length] = 0;
  address_parse(text, &address);
  free(text);
  return 0;
}
