// Everything the engine thread owns. Only engine files include this; the binding sees engine.h.
#ifndef IST_STATE_H
#define IST_STATE_H
#include "clock.h"
#include "control.h"
#include "engine.h"
#include "heap.h"
#include "icmp.h"
#include "links.h"
#include "ring.h"
#include <pthread.h>

#define NONE UINT32_MAX

enum {
  SLOT_CAPACITY = 65536, // exchanges in flight or waiting for a late reply or a second copy
  SLOT_BUCKETS = 16384,
  COMMAND_CAPACITY = 1024,
  STAMP_CAPACITY = 4096, // transmit stamps outstanding; they come back within the send call
  BATCH = 64,            // sends between two looks at the receive queue, and datagrams per receive call
};

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_ANSWERED, SLOT_EXPIRED, SLOT_FAILED };

// One exchange.
struct slot {
  int64_t sent;        // own stamp before the send call
  int64_t transmitted; // kernel's transmit stamp on the monotonic clock; 0: none
  int64_t deadline;
  int64_t ended;
  uint64_t seq;
  struct address address;
  uint32_t handle;
  uint32_t target; // index; NONE for a one-shot
  uint32_t shot;   // index; NONE for a continuous target
  uint32_t generation;
  uint32_t bucket_next;
  uint32_t linger_next;
  uint32_t bucket; // NONE: not in the hash
  int fd;          // own socket of TCP and UDP exchanges; -1
  uint16_t wire;   // ICMP sequence number or DNS id
  uint8_t state;
  uint8_t kind;
};

struct pool {
  struct slot *slots;
  uint32_t *buckets;
  struct heap deadlines;
  uint32_t touched; // slots ever used: memory grows only as far as needed
  uint32_t linger_head, linger_tail;
};

struct target {
  bool is_used;
  struct target_spec spec;
  struct destination destination;
  uint32_t handle;
  int64_t nominal; // the next slot without jitter
  uint64_t next_seq;
  uint64_t highest_answered; // seq + 1; 0: nothing yet
  int fd;                    // DNS: connected socket; -1
  uint32_t unanswered;       // in a row
  bool is_stale;             // links changed: the socket may hold an address that is gone
};

struct command {
  enum { COMMAND_ADD, COMMAND_CHANGE, COMMAND_REMOVE, COMMAND_SHOT, COMMAND_CANCEL } type;
  uint32_t index;
  uint32_t handle;
  struct target_spec spec;
};

enum shot_state { SHOT_FREE, SHOT_PENDING, SHOT_DONE };

struct shot {
  _Atomic int state; // FREE and DONE: JavaScript owns it; PENDING: the engine does
  uint32_t id;
  uint32_t slot;
  struct shot_spec spec;
  struct destination destination;
  struct shot_result result;
};

struct icmp_socket {
  int fd;
  uint8_t family;
  bool is_raw;
  bool has_transmit_stamps;
  uint16_t id;
  uint32_t stamps_sent;
  uint32_t *stamp_slots; // by key, STAMP_CAPACITY
};

enum { SOCKET_V4, SOCKET_V6, SOCKET_COUNT };

struct engine {
  struct engine_options options;
  struct icmp_socket sockets[SOCKET_COUNT];
  int epoll, wake_fd, netlink_fd;
  pthread_t thread;
  bool is_running;
  _Atomic bool is_stopping;

  struct target *targets;
  struct heap dues;
  uint32_t *handle_of; // JavaScript's side: by index, 0 = free
  uint32_t next_handle, next_index;
  struct pool pool;
  struct ring ring;

  struct command *commands;
  _Atomic uint32_t command_head, command_tail;

  struct shot *shots;
  uint32_t next_shot_id;
  uint16_t shot_sequence;
  bool has_finished_shots;

  int64_t last_wake, oldest_result;
  _Atomic bool is_wake_pending;
  int64_t suspended; // CLOCK_BOOTTIME - CLOCK_MONOTONIC as last seen

  int64_t now; // of this turn of the loop, where a millisecond does not matter
  uint64_t nonce, random;
  _Atomic uint64_t counters[COUNTER_COUNT];
  _Atomic pid_t thread_id; // of the kernel; 0 while it does not run
};

static inline void count(struct engine *engine, enum counter counter, uint64_t by) {
  // One writer: a plain add is enough, the atomic type only keeps readers from seeing halves.
  const uint64_t old = atomic_load_explicit(&engine->counters[counter], memory_order_relaxed);
  atomic_store_explicit(&engine->counters[counter], old + by, memory_order_relaxed);
}

// xorshift64*: phases, jitter and DNS ids need unpredictable seeds (getrandom), not a cryptographic stream.
static inline uint64_t next_random(struct engine *engine) {
  engine->random ^= engine->random >> 12;
  engine->random ^= engine->random << 25;
  engine->random ^= engine->random >> 27;
  return engine->random * 0x2545F4914F6CDD1DULL;
}

// What epoll hands back: the kind of descriptor and its number (generation and index for slots).
enum source { SOURCE_WAKE, SOURCE_ICMP, SOURCE_LINKS, SOURCE_SLOT, SOURCE_TARGET };
static inline uint64_t source_key(enum source source, uint32_t generation, uint32_t index) {
  return ((uint64_t)source << 56) | ((uint64_t)(generation & 0xffffff) << 32) | index;
}
int watch_fd(struct engine *engine, int fd, uint32_t events, uint64_t key);

// How an exchange ended.
struct ending {
  enum outcome outcome;
  int64_t rtt; // ns; -1: none
  int error;
  uint8_t ttl, icmp_type, icmp_code, flags;
  uint16_t detail;
  uint32_t mtu;
  double tcp_info_us; // < 0: none
  struct address from;
};

// pool.c
int pool_open(struct pool *pool);
void pool_close(struct pool *pool);
uint32_t pool_take(struct pool *pool, int64_t now);
void pool_index(struct pool *pool, uint32_t index);
uint32_t pool_find(const struct pool *pool, const struct address *address, uint16_t wire, uint8_t kind);
void pool_linger(struct pool *pool, uint32_t index, int64_t now);

// outcome.c
void end_exchange(struct engine *engine, uint32_t index, const struct ending *ending);
void end_with_error(struct engine *engine, uint32_t index, uint8_t family, const struct control *control,
                    int64_t received, uint8_t flags);
void amend_exchange(struct engine *engine, uint32_t index, const struct ending *ending);
void report_skipped(struct engine *engine, struct target *target, uint64_t seq, uint32_t count, int64_t at);
void expire(struct engine *engine, int64_t now);
void void_in_flight(struct engine *engine);
int64_t receive_time(struct instant now, int64_t real, int64_t sent, uint8_t *flags);

// schedule.c
void schedule_add(struct engine *engine, uint32_t index);
void schedule_fire(struct engine *engine, int64_t now);

// icmp-sockets.c
int sockets_open(struct engine *engine);
void sockets_close(struct engine *engine);
// After a failed send the kernel's count of transmit stamps may differ from ours: both start at zero again.
void sockets_restart_stamps(struct icmp_socket *socket);
// While on: packets are never fragmented and a path MTU learned before is ignored.
void sockets_forbid_fragments(const struct icmp_socket *socket, bool is_forbidden);

// echo.c
void echo_send(struct engine *engine, uint32_t slot, struct icmp_socket *socket, const struct destination *to,
               size_t payload, int32_t flow);
void echo_receive(struct engine *engine, struct icmp_socket *socket);
void echo_receive_all(struct engine *engine);

// connect.c
void tcp_send(struct engine *engine, uint32_t slot, const struct destination *to);
void tcp_ready(struct engine *engine, uint32_t slot, uint32_t events);
// datagram.c
void target_dns_send(struct engine *engine, uint32_t slot, struct target *target);
void target_dns_ready(struct engine *engine, uint32_t target, uint32_t events);
void shot_datagram_send(struct engine *engine, uint32_t slot, struct shot *shot);
void shot_datagram_ready(struct engine *engine, uint32_t slot, uint32_t events);
bool read_error_queue(int fd, struct control *control, uint8_t *bytes, size_t capacity, size_t *length,
                      union socket_name *name);

// exchange.c
uint32_t begin_exchange(struct engine *engine, uint8_t kind, const struct destination *to, int64_t timeout);
void send_target(struct engine *engine, uint32_t index, int64_t now);
void shot_start(struct engine *engine, uint32_t index);
void shot_cancel(struct engine *engine, uint32_t index, uint32_t id);
void shot_finish(struct engine *engine, struct slot *slot, const struct ending *ending);

// commands.c
void commands_run(struct engine *engine);
void target_close(struct engine *engine, struct target *target);

// links.c
void links_ready(struct engine *engine);
#endif
