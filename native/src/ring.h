// Results on their way to JavaScript: one writer (engine thread), one reader (JavaScript), never blocks.
#ifndef IST_RING_H
#define IST_RING_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
  OUTCOME_OK,
  OUTCOME_TIMEOUT,
  OUTCOME_UNREACHABLE,
  OUTCOME_REFUSED,
  OUTCOME_LOCAL,
  OUTCOME_SKIPPED,
  OUTCOME_LATE,
  OUTCOME_DUPLICATE,
  // One-shots only.
  OUTCOME_TOO_BIG,
  OUTCOME_HOP,
};

enum record_flags {
  FLAG_KERNEL_RECEIVE = 1,
  FLAG_KERNEL_TRANSMIT = 2,
  FLAG_REORDERED = 4,
};

// Layout is known to appliance/net/ring.ts.
struct record {
  double seq;
  double sent_mono_ms;
  double rtt_us;
  uint32_t handle;
  int32_t error;
  uint8_t outcome;
  uint8_t ttl;
  uint8_t icmp_type;
  uint8_t icmp_code;
  uint8_t flags;
  uint8_t from_family;
  uint16_t detail; // DNS response code
  uint32_t count;  // of slots from seq on; above 1 only for runs of `skipped`
  uint32_t from_scope;
  uint8_t from[16];
};
_Static_assert(sizeof(struct record) == 64, "appliance/net/ring.ts reads 64-byte records");

// Lives at the start of the shared memory.
struct ring_header {
  _Atomic uint32_t head;
  _Atomic uint32_t tail;
  uint8_t padding[56];
};
_Static_assert(sizeof(struct ring_header) == 64, "the records are aligned behind it");

struct ring {
  struct ring_header *header;
  struct record *records;
  uint32_t capacity; // a power of two
};

static inline uint32_t ring_waiting(const struct ring *ring) {
  return atomic_load_explicit(&ring->header->head, memory_order_relaxed) -
         atomic_load_explicit(&ring->header->tail, memory_order_acquire);
}

// The record to fill, or NULL when the ring is full; ring_push then shows it to the reader.
static inline struct record *ring_next(const struct ring *ring) {
  if (ring_waiting(ring) >= ring->capacity) return NULL;
  const uint32_t head = atomic_load_explicit(&ring->header->head, memory_order_relaxed);
  return &ring->records[head & (ring->capacity - 1)];
}

static inline void ring_push(const struct ring *ring) {
  const uint32_t head = atomic_load_explicit(&ring->header->head, memory_order_relaxed);
  atomic_store_explicit(&ring->header->head, head + 1, memory_order_release);
}
#endif
