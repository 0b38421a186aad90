// Binary heap of small numbers ordered by time; every item can be moved or taken out by its number.
#ifndef IST_HEAP_H
#define IST_HEAP_H
#include <stdbool.h>
#include <stdint.h>

struct heap_entry {
  int64_t key;
  uint32_t item;
};

struct heap {
  struct heap_entry *entries;
  uint32_t *positions; // of every item, NOT_IN_HEAP when absent
  uint32_t count;
  uint32_t capacity;
};

#define NOT_IN_HEAP UINT32_MAX

int heap_open(struct heap *heap, uint32_t capacity);
void heap_close(struct heap *heap);
// Inserts the item or moves it to its new time.
void heap_set(struct heap *heap, uint32_t item, int64_t key);
void heap_remove(struct heap *heap, uint32_t item);
static inline int64_t heap_first_key(const struct heap *heap) {
  return heap->count ? heap->entries[0].key : INT64_MAX;
}
static inline uint32_t heap_first(const struct heap *heap) { return heap->entries[0].item; }
#endif
