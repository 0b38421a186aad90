#include "../src/heap.h"
#include "expect.h"

static void the_earliest_comes_first_through_inserts_moves_and_removals(void) {
  enum { COUNT = 500 };
  struct heap heap;
  int64_t keys[COUNT];
  uint32_t random = 1;
  EXPECT(heap_open(&heap, COUNT) == 0);
  EXPECT(heap_first_key(&heap) == INT64_MAX);
  for (uint32_t i = 0; i < COUNT; i += 1) keys[i] = -1;
  for (int round = 0; round < 20000; round += 1) {
    random = random * 1664525u + 1013904223u;
    const uint32_t item = (random >> 8) % COUNT;
    if (random & 0x80000000u) {
      keys[item] = (int64_t)(random % 10007);
      heap_set(&heap, item, keys[item]);
    } else {
      keys[item] = -1;
      heap_remove(&heap, item);
    }
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < COUNT; i += 1) {
      if (keys[i] >= 0 && keys[i] < least) least = keys[i];
    }
    EXPECT(heap_first_key(&heap) == least);
    if (failures) break;
  }
  heap_close(&heap);
}

int main(void) {
  the_earliest_comes_first_through_inserts_moves_and_removals();
  return failures;
}
