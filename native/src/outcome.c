// The end of an exchange: exactly one terminal record, then perhaps amendments.
#include "state.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static struct record *begin_record(struct engine *engine, uint32_t handle, uint64_t seq, int64_t sent) {
  struct record *record = ring_next(&engine->ring);
  if (!record) {
    count(engine, COUNT_OVERRUNS, 1);
    return NULL;
  }
  memset(record, 0, sizeof *record);
  record->handle = handle;
  record->seq = (double)seq;
  record->sent_mono_ms = (double)sent / 1e6;
  record->rtt_us = NAN;
  record->count = 1;
  return record;
}

static void push(struct engine *engine) {
  ring_push(&engine->ring);
  if (engine->oldest_result == 0) engine->oldest_result = engine->now;
}

static void report(struct engine *engine, const struct slot *slot, const struct ending *ending) {
  struct record *record = begin_record(engine, slot->handle, slot->seq, slot->sent);
  if (!record) return;
  if (ending->rtt >= 0) record->rtt_us = (double)ending->rtt / 1e3;
  record->outcome = (uint8_t)ending->outcome;
  record->error = ending->error;
  record->ttl = ending->ttl;
  record->icmp_type = ending->icmp_type;
  record->icmp_code = ending->icmp_code;
  record->flags = ending->flags;
  record->detail = ending->detail;
  record->from_family = ending->from.family;
  record->from_scope = ending->from.scope;
  memcpy(record->from, ending->from.bytes, sizeof record->from);
  push(engine);
}

void report_skipped(struct engine *engine, struct target *target, uint64_t seq, uint32_t slots, int64_t at) {
  count(engine, COUNT_SKIPPED, slots);
  struct record *record = begin_record(engine, target->handle, seq, at);
  if (!record) return;
  record->outcome = OUTCOME_SKIPPED;
  record->count = slots;
  push(engine);
}

static struct target *target_of(struct engine *engine, const struct slot *slot) {
  if (slot->target == NONE) return NULL;
  struct target *target = &engine->targets[slot->target];
  return target->is_used && target->handle == slot->handle ? target : NULL;
}

static enum counter counter_of(enum outcome outcome) {
  switch (outcome) {
  case OUTCOME_OK:
  case OUTCOME_REFUSED:
    return COUNT_RECEIVED;
  case OUTCOME_TIMEOUT:
    return COUNT_TIMEOUTS;
  default:
    return COUNT_ERRORS;
  }
}

void end_exchange(struct engine *engine, uint32_t index, const struct ending *ending) {
  struct pool *pool = &engine->pool;
  struct slot *slot = &pool->slots[index];
  struct ending told = *ending;
  heap_remove(&pool->deadlines, index);
  const bool is_answer = ending->outcome == OUTCOME_OK || ending->outcome == OUTCOME_REFUSED;
  slot->state = is_answer ? SLOT_ANSWERED : ending->outcome == OUTCOME_TIMEOUT ? SLOT_EXPIRED : SLOT_FAILED;
  if (slot->fd >= 0) close(slot->fd); // also leaves epoll
  slot->fd = -1;
  pool_linger(pool, index, engine->now);
  if (slot->shot != NONE) {
    shot_finish(engine, slot, &told);
    return;
  }
  struct target *target = target_of(engine, slot);
  if (target && is_answer) {
    // RFC 4737 §3: reordered when a later number was there before.
    if (slot->seq + 1 < target->highest_answered)
      told.flags |= FLAG_REORDERED;
    else
      target->highest_answered = slot->seq + 1;
  }
  if (target) target->unanswered = is_answer ? 0 : target->unanswered + 1;
  count(engine, counter_of(told.outcome), 1);
  count(engine, COUNT_IN_FLIGHT, (uint64_t)-1);
  report(engine, slot, &told);
}

void amend_exchange(struct engine *engine, uint32_t index, const struct ending *ending) {
  struct slot *slot = &engine->pool.slots[index];
  if (slot->shot != NONE) return;
  struct ending told = *ending;
  const bool is_second = slot->state == SLOT_ANSWERED;
  told.outcome = is_second ? OUTCOME_DUPLICATE : OUTCOME_LATE;
  count(engine, is_second ? COUNT_DUPLICATES : COUNT_LATE, 1);
  slot->state = SLOT_ANSWERED;
  report(engine, slot, &told);
}

void end_with_error(struct engine *engine, uint32_t index, uint8_t family, const struct control *control,
                    int64_t received, uint8_t flags) {
  const struct slot *slot = &engine->pool.slots[index];
  if (slot->state != SLOT_WAITING) return;
  struct ending ending = {.outcome = OUTCOME_UNREACHABLE,
                          .rtt = -1,
                          .error = control->error,
                          .flags = flags,
                          .icmp_type = control->type,
                          .icmp_code = control->code,
                          .ttl = control->ttl,
                          .tcp_info_us = -1,
                          .from = control->offender};
  const bool is_shot = slot->shot != NONE;
  if (control->origin == ORIGIN_LOCAL) {
    ending.outcome = is_shot && control->error == EMSGSIZE ? OUTCOME_TOO_BIG : OUTCOME_LOCAL;
    ending.mtu = control->info;
    end_exchange(engine, index, &ending);
    return;
  }
  const int64_t rtt = received - slot->sent;
  switch (icmp_error_meaning(family, control->type, control->code)) {
  case ERROR_NONE:
    return;
  case ERROR_PORT:
    if (address_equals(&control->offender, &slot->address)) {
      ending.outcome = OUTCOME_REFUSED;
      ending.rtt = rtt;
    }
    break;
  case ERROR_HOP:
    if (is_shot) ending.outcome = OUTCOME_HOP;
    break;
  case ERROR_TOO_BIG:
    ending.mtu = control->info;
    if (is_shot) ending.outcome = OUTCOME_TOO_BIG;
    break;
  case ERROR_UNREACHABLE:
    break;
  }
  if (is_shot) ending.rtt = rtt;
  end_exchange(engine, index, &ending);
}

void expire(struct engine *engine, int64_t now) {
  struct pool *pool = &engine->pool;
  const struct ending ending = {.outcome = OUTCOME_TIMEOUT, .rtt = -1, .tcp_info_us = -1};
  while (heap_first_key(&pool->deadlines) <= now) end_exchange(engine, heap_first(&pool->deadlines), &ending);
}

// After a suspend what was in flight says nothing about the line: it becomes `skipped`, as if never sent.
void void_in_flight(struct engine *engine) {
  struct pool *pool = &engine->pool;
  while (pool->deadlines.count) {
    const uint32_t index = heap_first(&pool->deadlines);
    struct slot *slot = &pool->slots[index];
    struct target *target = target_of(engine, slot);
    if (slot->shot != NONE || !target) {
      const struct ending ending = {.outcome = OUTCOME_TIMEOUT, .rtt = -1, .tcp_info_us = -1};
      end_exchange(engine, index, &ending);
      continue;
    }
    heap_remove(&pool->deadlines, index);
    if (slot->fd >= 0) close(slot->fd);
    slot->fd = -1;
    slot->state = SLOT_ANSWERED;
    pool_linger(pool, index, engine->now);
    count(engine, COUNT_SENT, (uint64_t)-1);
    count(engine, COUNT_IN_FLIGHT, (uint64_t)-1);
    report_skipped(engine, target, slot->seq, 1, slot->sent);
  }
}

// When it arrived, on the monotonic clock. The kernel's stamp is on the wall clock: it is believed when it
// lies between the sending and now, so that a clock step can never make a round-trip time.
int64_t receive_time(struct instant now, int64_t real, int64_t sent, uint8_t *flags) {
  const int64_t age = now.real - real;
  if (real == 0 || age < 0 || age > now.mono - sent) return now.mono;
  *flags |= FLAG_KERNEL_RECEIVE;
  return now.mono - age;
}
