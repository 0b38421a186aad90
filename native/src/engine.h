// The engine as the binding sees it. Every function here is called from the JavaScript thread.
#ifndef IST_ENGINE_H
#define IST_ENGINE_H
#include "destination.h"
#include "dns.h"
#include "ring.h"

enum icmp_mode { MODE_AUTO, MODE_RAW, MODE_SOCKET, MODE_NONE };
enum probe_kind { KIND_ICMP, KIND_TCP, KIND_DNS, KIND_UDP };

enum { MAX_TARGETS = 4096, MAX_SHOTS = 256 };

struct engine_options {
  enum icmp_mode mode;
  bool is_realtime;
  bool has_transmit_stamps;
  uint32_t ring_records;
  // Called from the engine thread; must not block.
  void (*wake)(void *context);
  void *context;
};

struct target_spec {
  uint8_t kind;
  struct address address, source;
  uint16_t port;
  uint8_t ttl;
  char interface[IFNAMSIZ];
  int64_t interval, timeout;
  uint16_t payload;
  uint16_t first_sequence;
  uint16_t query_length;
  uint8_t *query; // malloc'ed; passes to the engine
};

struct shot_spec {
  uint8_t kind;
  struct address address, source;
  uint16_t port;
  uint8_t ttl;
  bool is_fragment_forbidden;
  char interface[IFNAMSIZ];
  int64_t timeout;
  uint16_t payload;
  int32_t flow;
  uint16_t query_length;
  uint8_t query[DNS_MAX_QUERY];
};

struct shot_result {
  enum outcome outcome;
  bool is_cancelled;
  int64_t rtt;
  double tcp_info_us;
  int error;
  uint32_t mtu;
  uint8_t ttl, icmp_type, icmp_code, flags;
  uint16_t detail;
  struct address from;
  uint16_t reply_length;
  uint8_t reply[DNS_MAX_REPLY];
};

enum counter {
  COUNT_SENT,
  COUNT_RECEIVED,
  COUNT_TIMEOUTS,
  COUNT_ERRORS,
  COUNT_LATE,
  COUNT_DUPLICATES,
  COUNT_SKIPPED,
  COUNT_IN_FLIGHT,
  COUNT_OVERRUNS,
  COUNT_STRANGERS,
  COUNT_TARGETS,
  COUNT_WAKES,
  COUNTER_COUNT,
};

struct engine_status {
  uint64_t counters[COUNTER_COUNT];
  int64_t cpu_ns;
  bool is_realtime;
  enum icmp_mode icmp4, icmp6; // RAW, SOCKET or NONE
  bool has_transmit_stamps;
};

struct engine;
int engine_open(const struct engine_options *options, struct engine **out);
int engine_start(struct engine *engine);
void engine_stop(struct engine *engine);
void engine_free(struct engine *engine);
void *engine_ring(struct engine *engine, size_t *bytes);
void engine_status(struct engine *engine, struct engine_status *out);
// True when the engine asked for a drain; allows it to ask again.
void engine_woken(struct engine *engine);
// 0, or an errno: ENOSPC (too many targets), EBUSY (the engine does not take commands).
int engine_add(struct engine *engine, const struct target_spec *spec, uint32_t *handle);
int engine_change(struct engine *engine, uint32_t handle, const struct target_spec *spec);
int engine_remove(struct engine *engine, uint32_t handle);
int engine_shoot(struct engine *engine, const struct shot_spec *spec, uint32_t *id);
void engine_cancel(struct engine *engine, uint32_t id);
// Next finished one-shot or NULL; engine_release gives its place back.
const struct shot_result *engine_take(struct engine *engine, uint32_t *id, uint32_t *place);
void engine_release(struct engine *engine, uint32_t place);
#endif
