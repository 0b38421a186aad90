// Exchanges in flight, and ended ones kept for late replies and second copies. Places are reused oldest
// first.
#include "state.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// How long an ended exchange is remembered, and how long once so many places are in use: at thousands a
// second a small table that stays in the processor's cache is worth more than a reply after ten seconds.
#define LINGER (10 * SECOND)
#define LINGER_BUSY (1 * SECOND)
enum { BUSY_FROM = 4096 };

int pool_open(struct pool *pool) {
  // calloc of this size is untouched zero pages: it costs memory only as places are used.
  pool->slots = calloc(SLOT_CAPACITY, sizeof *pool->slots);
  pool->buckets = malloc(SLOT_BUCKETS * sizeof *pool->buckets);
  pool->linger_head = pool->linger_tail = NONE;
  pool->touched = 0;
  if (!pool->slots || !pool->buckets) return ENOMEM;
  memset(pool->buckets, 0xff, SLOT_BUCKETS * sizeof *pool->buckets);
  return heap_open(&pool->deadlines, SLOT_CAPACITY);
}

void pool_close(struct pool *pool) {
  free(pool->slots);
  free(pool->buckets);
  heap_close(&pool->deadlines);
}

static uint32_t bucket_of(const struct address *address, uint16_t wire) {
  uint32_t hash = 2166136261u ^ wire;
  const size_t length = address->family == 4 ? 4 : 16;
  for (size_t i = 0; i < length; i += 1) hash = (hash ^ address->bytes[i]) * 16777619u;
  hash = (hash ^ (wire >> 8)) * 16777619u;
  return (hash ^ (hash >> 15)) % SLOT_BUCKETS;
}

static void unindex(struct pool *pool, uint32_t index) {
  struct slot *slot = &pool->slots[index];
  if (slot->bucket == NONE) return;
  uint32_t *link = &pool->buckets[slot->bucket];
  while (*link != index) link = &pool->slots[*link].bucket_next;
  *link = slot->bucket_next;
  slot->bucket = NONE;
}

uint32_t pool_take(struct pool *pool, int64_t now) {
  uint32_t index = pool->linger_head;
  const bool is_full = pool->touched == SLOT_CAPACITY;
  const int64_t linger = pool->touched < BUSY_FROM ? LINGER : LINGER_BUSY;
  if (index != NONE && (is_full || now - pool->slots[index].ended > linger)) {
    pool->linger_head = pool->slots[index].linger_next;
    if (pool->linger_head == NONE) pool->linger_tail = NONE;
    unindex(pool, index);
  } else if (is_full) {
    return NONE;
  } else {
    index = pool->touched;
    pool->touched += 1;
  }
  struct slot *slot = &pool->slots[index];
  const uint32_t generation = slot->generation + 1;
  *slot = (struct slot){.generation = generation, .bucket = NONE, .linger_next = NONE, .fd = -1};
  slot->state = SLOT_WAITING;
  return index;
}

void pool_index(struct pool *pool, uint32_t index) {
  struct slot *slot = &pool->slots[index];
  slot->bucket = bucket_of(&slot->address, slot->wire);
  slot->bucket_next = pool->buckets[slot->bucket];
  pool->buckets[slot->bucket] = index;
}

// The newest exchange with this address and number.
uint32_t pool_find(const struct pool *pool, const struct address *address, uint16_t wire, uint8_t kind) {
  uint32_t index = pool->buckets[bucket_of(address, wire)];
  for (; index != NONE; index = pool->slots[index].bucket_next) {
    const struct slot *slot = &pool->slots[index];
    if (slot->wire == wire && slot->kind == kind && address_equals(&slot->address, address)) return index;
  }
  return NONE;
}

void pool_linger(struct pool *pool, uint32_t index, int64_t now) {
  pool->slots[index].ended = now;
  if (pool->linger_tail == NONE)
    pool->linger_head = index;
  else
    pool->slots[pool->linger_tail].linger_next = index;
  pool->linger_tail = index;
}
