// The whole engine on loopback without JavaScript, for the sanitizers: memory, undefined behaviour, data
// races.
#include "../src/clock.h"
#include "../src/engine.h"
#include "../src/state.h"
#include "expect.h"
#include <stdlib.h>
#include <string.h>

static _Atomic int wakes;
static void wake(void *context) {
  (void)context;
  atomic_fetch_add(&wakes, 1);
}

static void rest(int64_t ns) {
  const struct timespec pause = {.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
  nanosleep(&pause, NULL);
}

static struct target_spec target(uint8_t kind, const char *address) {
  struct target_spec spec = {
      .kind = kind, .interval = 20 * MILLISECOND, .timeout = 50 * MILLISECOND, .payload = 56};
  EXPECT(address_parse(address, &spec.address));
  spec.port = 1;
  if (kind != KIND_DNS) return spec;
  static const uint8_t query[] = "\0\0\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
  spec.query_length = sizeof query - 1;
  spec.query = malloc(spec.query_length);
  if (spec.query) memcpy(spec.query, query, spec.query_length);
  return spec;
}

static uint32_t drain(struct engine *engine) {
  size_t bytes;
  struct ring_header *ring = engine_ring(engine, &bytes);
  const struct record *records = (const struct record *)(ring + 1);
  const uint32_t capacity = (uint32_t)((bytes - sizeof *ring) / sizeof *records);
  uint32_t tail = atomic_load(&ring->tail), read = 0;
  for (; tail != atomic_load_explicit(&ring->head, memory_order_acquire); tail += 1, read += 1) {
    EXPECT(records[tail & (capacity - 1)].outcome <= OUTCOME_DUPLICATE);
  }
  atomic_store_explicit(&ring->tail, tail, memory_order_release);
  engine_woken(engine);
  return read;
}

static uint32_t settle(struct engine *engine) {
  uint32_t id, place = 0, settled = 0;
  while (engine_take(engine, &id, &place)) {
    engine_release(engine, place);
    settled += 1;
  }
  return settled;
}

static void run(enum icmp_mode mode) {
  const struct engine_options options = {
      .mode = mode, .has_transmit_stamps = true, .ring_records = 1024, .wake = wake};
  struct engine *engine = NULL;
  EXPECT(engine_open(&options, &engine) == 0);
  EXPECT(engine_start(engine) == 0);
  static const char *const addresses[] = {"127.0.0.1", "::1", "127.0.0.7", "192.0.2.1"};
  uint32_t handles[12], results = 0, settled = 0, id = 0;
  for (uint32_t i = 0; i < 12; i += 1) {
    const struct target_spec spec = target((uint8_t)(i % 3), addresses[i % 4]);
    EXPECT(engine_add(engine, &spec, &handles[i]) == 0);
  }
  for (uint32_t round = 0; round < 10; round += 1) {
    struct shot_spec shot = {.kind = round % 2 ? KIND_UDP : KIND_ICMP, .timeout = 50 * MILLISECOND};
    shot.payload = 64;
    shot.flow = (int32_t)round;
    shot.is_fragment_forbidden = round % 4 == 0;
    EXPECT(address_parse("127.0.0.1", &shot.address));
    EXPECT(engine_shoot(engine, &shot, &id) == 0);
    if (round == 5) engine_cancel(engine, id);
    const struct target_spec changed = target(KIND_DNS, "127.0.0.1");
    EXPECT(engine_change(engine, handles[round], &changed) == 0);
    if (round == 8) EXPECT(engine_remove(engine, handles[11]) == 0);
    rest(50 * MILLISECOND);
    results += drain(engine);
    settled += settle(engine);
  }
  rest(150 * MILLISECOND);
  settled += settle(engine);
  struct engine_status status;
  engine_status(engine, &status);
  EXPECT(results > 100 && settled == 10 && atomic_load(&wakes) > 0);
  engine_stop(engine);
  engine_status(engine, &status);
  const uint64_t *counters = status.counters;
  EXPECT(counters[COUNT_SENT] == counters[COUNT_RECEIVED] + counters[COUNT_TIMEOUTS] +
                                     counters[COUNT_ERRORS] + counters[COUNT_IN_FLIGHT]);
  engine_free(engine);
}

static void a_step_of_the_wall_clock_never_makes_a_round_trip_time(void) {
  const int64_t hour = 3600 * SECOND, real = 1800000000 * SECOND;
  const struct instant now = {.mono = 1000 * SECOND, .real = real};
  const int64_t sent = now.mono - 10 * MILLISECOND, stamp = real - 2 * MILLISECOND;
  uint8_t flags = 0;
  EXPECT(receive_time(now, stamp, sent, &flags) == now.mono - 2 * MILLISECOND);
  EXPECT(flags == FLAG_KERNEL_RECEIVE);
  const int64_t steps[] = {hour, -hour, 20 * MILLISECOND, -3 * MILLISECOND};
  for (int i = 0; i < 4; i += 1) {
    // Stepped after the packet came and before it was read: the stamp is not believed, the flag says so.
    const struct instant stepped = {.mono = now.mono, .real = real + steps[i]};
    flags = 0;
    EXPECT(receive_time(stepped, stamp, sent, &flags) == now.mono && flags == 0);
  }
  flags = 0;
  EXPECT(receive_time(now, 0, sent, &flags) == now.mono && flags == 0);
}

int main(void) {
  a_step_of_the_wall_clock_never_makes_a_round_trip_time();
  run(MODE_AUTO);
  run(MODE_SOCKET);
  run(MODE_NONE);
  return failures;
}
