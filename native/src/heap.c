#include "heap.h"
#include <errno.h>
#include <stdlib.h>

int heap_open(struct heap *heap, uint32_t capacity) {
  heap->entries = calloc(capacity, sizeof *heap->entries);
  heap->positions = malloc(capacity * sizeof *heap->positions);
  heap->count = 0;
  heap->capacity = capacity;
  if (!heap->entries || !heap->positions) return ENOMEM;
  for (uint32_t i = 0; i < capacity; i += 1) heap->positions[i] = NOT_IN_HEAP;
  return 0;
}

void heap_close(struct heap *heap) {
  free(heap->entries);
  free(heap->positions);
}

static void put(struct heap *heap, uint32_t position, struct heap_entry entry) {
  heap->entries[position] = entry;
  heap->positions[entry.item] = position;
}

static void sift(struct heap *heap, uint32_t position, struct heap_entry entry) {
  while (position > 0 && heap->entries[(position - 1) / 2].key > entry.key) {
    put(heap, position, heap->entries[(position - 1) / 2]);
    position = (position - 1) / 2;
  }
  for (;;) {
    uint32_t child = position * 2 + 1;
    if (child >= heap->count) break;
    if (child + 1 < heap->count && heap->entries[child + 1].key < heap->entries[child].key) child += 1;
    if (heap->entries[child].key >= entry.key) break;
    put(heap, position, heap->entries[child]);
    position = child;
  }
  put(heap, position, entry);
}

void heap_set(struct heap *heap, uint32_t item, int64_t key) {
  uint32_t position = heap->positions[item];
  if (position == NOT_IN_HEAP) {
    position = heap->count;
    heap->count += 1;
  }
  sift(heap, position, (struct heap_entry){.key = key, .item = item});
}

void heap_remove(struct heap *heap, uint32_t item) {
  const uint32_t position = heap->positions[item];
  if (position == NOT_IN_HEAP) return;
  heap->positions[item] = NOT_IN_HEAP;
  heap->count -= 1;
  if (position == heap->count) return;
  sift(heap, position, heap->entries[heap->count]);
}
