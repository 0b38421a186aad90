// When each target is due. Slots lie on an absolute grid, so nothing drifts and nothing is made up for in a
// burst.
#include "state.h"
#include <string.h>

// Targets share ticks of 2 ms: a wake per probe costs three times the CPU of a small burst (measured).
#define GRID (2 * MILLISECOND)
// Short intervals mean high rates: fewer, larger bursts keep the CPU per probe below that of one packet a
// wake.
#define SHORT_PERIOD (200 * MILLISECOND)
#define SHORT_GRID (20 * MILLISECOND)
#define LANES_MAX 512
// Targets on one tick before the next one is opened; a burst of four small packets is 3 ms on a 1 Mbit/s
// line.
#define LANE_LOAD 4
#define JITTER_MAX (5 * MILLISECOND)

// Up to 1 % of the interval, in ms, equal for all targets on one tick; breaks step with periodic traffic.
static int64_t jitter(const struct engine *engine, int64_t nominal, int64_t interval) {
  int64_t range = interval / 100;
  if (range > JITTER_MAX) range = JITTER_MAX;
  range /= MILLISECOND;
  if (range == 0) return 0;
  uint64_t hash = ((uint64_t)nominal ^ engine->nonce) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 29;
  return (int64_t)(hash % (uint64_t)(range + 1)) * MILLISECOND;
}

static int64_t period_of(int64_t interval) { return interval < SECOND ? interval : SECOND; }

// The k-th place of 0..1 in bit-reversed order: each new lane opens in the widest gap.
static double spread(uint32_t k) {
  double place = 0, weight = 0.5;
  for (; k; k >>= 1, weight /= 2) place += (k & 1) ? weight : 0;
  return place;
}

// The emptiest early lane; lanes repeat every second, so that a 10 s target rides with the 1 s targets.
static int64_t choose_phase(const struct engine *engine, uint32_t own, int64_t period, int64_t base) {
  uint16_t loads[LANES_MAX];
  memset(loads, 0, sizeof loads);
  int64_t lanes = period / (period < SHORT_PERIOD ? SHORT_GRID : GRID);
  if (lanes < 1) lanes = 1;
  if (lanes > LANES_MAX) lanes = LANES_MAX;
  for (uint32_t i = 0; i < MAX_TARGETS; i += 1) {
    const struct target *target = &engine->targets[i];
    if (!target->is_used || i == own || period_of(target->spec.interval) != period) continue;
    loads[((target->nominal - base) % period) * lanes / period] += 1;
  }
  for (uint32_t limit = LANE_LOAD;; limit *= 2) {
    for (uint32_t k = 0; k < LANES_MAX; k += 1) {
      const int64_t lane = (int64_t)(spread(k) * (double)lanes);
      // The middle of a lane's span survives the rounding of the division above.
      if (loads[lane] < limit) return (lane * period + period / 2) / lanes / GRID * GRID;
    }
  }
}

void schedule_add(struct engine *engine, uint32_t index) {
  struct target *target = &engine->targets[index];
  const int64_t interval = target->spec.interval, period = period_of(interval), now = now_mono();
  const int64_t base = (int64_t)(engine->nonce % (uint64_t)SECOND) / GRID * GRID;
  const int64_t phase = choose_phase(engine, index, period, base);
  const int64_t passed = (now - base - phase) / period;
  target->nominal = base + phase + (passed + 1) * period;
  heap_set(&engine->dues, index, target->nominal + jitter(engine, target->nominal, interval));
}

static void fire(struct engine *engine, uint32_t index, int64_t now) {
  struct target *target = &engine->targets[index];
  const int64_t interval = target->spec.interval;
  const int64_t behind = (now - target->nominal) / interval;
  if (behind > 0) {
    const uint32_t missed = behind > UINT32_MAX ? UINT32_MAX : (uint32_t)behind;
    report_skipped(engine, target, target->next_seq, missed, target->nominal);
    target->next_seq += missed;
    target->nominal += interval * missed;
  }
  target->nominal += interval;
  heap_set(&engine->dues, index, target->nominal + jitter(engine, target->nominal, interval));
  send_target(engine, index, now);
}

void schedule_fire(struct engine *engine, int64_t now) {
  uint32_t fired = 0;
  // A target is due at most once per call: its next slot lies after `now` or is skipped.
  while (heap_first_key(&engine->dues) <= now) {
    fire(engine, heap_first(&engine->dues), now);
    fired += 1;
    // Replies of a near target arrive while we send: empty the socket before its buffer is full.
    if (fired % BATCH) continue;
    echo_receive_all(engine);
    engine->now = now_mono();
  }
}
