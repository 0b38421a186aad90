// JavaScript's wishes: a queue with one writer (JavaScript) and one reader (the engine thread).
#include "state.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Index in the low bits, so that a handle finds its target without a search.
enum { INDEX_BITS = 12 };
_Static_assert(MAX_TARGETS == 1 << INDEX_BITS, "handles hold the index");
static uint32_t index_of(uint32_t handle) { return handle & (MAX_TARGETS - 1); }

static void close_dns(struct target *target) {
  if (target->fd >= 0) close(target->fd);
  target->fd = -1;
}

void target_close(struct engine *engine, struct target *target) {
  if (!target->is_used) return;
  heap_remove(&engine->dues, (uint32_t)(target - engine->targets));
  close_dns(target);
  free(target->spec.query);
  memset(target, 0, sizeof *target);
  target->fd = -1;
  count(engine, COUNT_TARGETS, (uint64_t)-1);
}

// Transmit stamps take the way through the send call out of the time, for 1 us of CPU each. Up to this many a
// second.
#define STAMPED_PER_SECOND 1000

// Decided when a target is added or changed: a series never changes its kind of stamp by itself.
static bool may_stamp(const struct engine *engine, const struct target *own) {
  if (!engine->options.has_transmit_stamps) return false;
  double rate = (double)SECOND / (double)own->spec.interval;
  for (uint32_t i = 0; i < MAX_TARGETS; i += 1) {
    const struct target *target = &engine->targets[i];
    if (target == own || !target->is_used || !target->destination.is_stamped) continue;
    rate += (double)SECOND / (double)target->spec.interval;
  }
  return rate <= STAMPED_PER_SECOND;
}

static void prepare(const struct engine *engine, struct target *target) {
  struct destination *to = &target->destination;
  const struct target_spec *spec = &target->spec;
  memset(to, 0, sizeof *to);
  to->address = spec->address;
  to->source = spec->source;
  to->port = spec->port;
  to->ttl = spec->ttl;
  memcpy(to->interface, spec->interface, sizeof to->interface);
  to->is_stamped = may_stamp(engine, target);
  destination_prepare(to);
}

static void change(struct engine *engine, const struct command *command) {
  struct target *target = &engine->targets[command->index];
  if (!target->is_used || target->handle != command->handle) {
    free(command->spec.query);
    return;
  }
  const bool is_rescheduled = target->spec.interval != command->spec.interval;
  close_dns(target);
  free(target->spec.query);
  target->spec = command->spec;
  prepare(engine, target);
  if (is_rescheduled) schedule_add(engine, command->index);
}

static void run(struct engine *engine, const struct command *command) {
  struct target *target = &engine->targets[command->index];
  if (atomic_load_explicit(&engine->is_stopping, memory_order_relaxed)) {
    free(command->spec.query); // NULL for all but ADD and CHANGE
    return;
  }
  switch (command->type) {
  case COMMAND_ADD:
    *target = (struct target){.is_used = true, .spec = command->spec, .handle = command->handle, .fd = -1};
    prepare(engine, target);
    schedule_add(engine, command->index);
    count(engine, COUNT_TARGETS, 1);
    break;
  case COMMAND_CHANGE:
    change(engine, command);
    break;
  case COMMAND_REMOVE:
    if (target->handle == command->handle) target_close(engine, target);
    break;
  case COMMAND_SHOT:
    shot_start(engine, command->index);
    break;
  case COMMAND_CANCEL:
    shot_cancel(engine, command->index, command->handle);
    break;
  }
}

void commands_run(struct engine *engine) {
  uint32_t tail = atomic_load_explicit(&engine->command_tail, memory_order_relaxed);
  while (tail != atomic_load_explicit(&engine->command_head, memory_order_acquire)) {
    run(engine, &engine->commands[tail % COMMAND_CAPACITY]);
    tail += 1;
    atomic_store_explicit(&engine->command_tail, tail, memory_order_release);
  }
}

static int post(struct engine *engine, const struct command *command) {
  const uint32_t head = atomic_load_explicit(&engine->command_head, memory_order_relaxed);
  const uint64_t one = 1;
  // The engine empties the queue within a wake-up; 2 s without that means it does not run.
  for (int wait = 0;
       head - atomic_load_explicit(&engine->command_tail, memory_order_acquire) >= COMMAND_CAPACITY;
       wait += 1) {
    if (wait == 20000) return EBUSY;
    const struct timespec pause = {.tv_nsec = 100 * MICROSECOND};
    nanosleep(&pause, NULL);
  }
  engine->commands[head % COMMAND_CAPACITY] = *command;
  atomic_store_explicit(&engine->command_head, head + 1, memory_order_release);
  return write(engine->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN ? errno : 0;
}

int engine_add(struct engine *engine, const struct target_spec *spec, uint32_t *handle) {
  for (uint32_t i = 0; i < MAX_TARGETS; i += 1) {
    const uint32_t index = (engine->next_index + i) % MAX_TARGETS;
    if (engine->handle_of[index]) continue;
    engine->next_handle += MAX_TARGETS;
    if (engine->next_handle == 0) engine->next_handle = MAX_TARGETS;
    *handle = engine->next_handle | index;
    const struct command command = {.type = COMMAND_ADD, .index = index, .handle = *handle, .spec = *spec};
    const int error = post(engine, &command);
    if (error) return error;
    engine->next_index = index + 1;
    engine->handle_of[index] = *handle;
    return 0;
  }
  return ENOSPC;
}

int engine_change(struct engine *engine, uint32_t handle, const struct target_spec *spec) {
  const uint32_t index = index_of(handle);
  if (engine->handle_of[index] != handle) return ENOENT;
  const struct command command = {.type = COMMAND_CHANGE, .index = index, .handle = handle, .spec = *spec};
  return post(engine, &command);
}

int engine_remove(struct engine *engine, uint32_t handle) {
  const uint32_t index = index_of(handle);
  if (engine->handle_of[index] != handle) return ENOENT;
  const struct command command = {.type = COMMAND_REMOVE, .index = index, .handle = handle};
  const int error = post(engine, &command);
  if (error) return error;
  engine->handle_of[index] = 0;
  return 0;
}

// The place in the low bits, as with handles.
int engine_shoot(struct engine *engine, const struct shot_spec *spec, uint32_t *id) {
  for (uint32_t place = 0; place < MAX_SHOTS; place += 1) {
    struct shot *shot = &engine->shots[place];
    if (atomic_load_explicit(&shot->state, memory_order_acquire) != SHOT_FREE) continue;
    engine->next_shot_id += MAX_SHOTS;
    shot->id = engine->next_shot_id | place;
    shot->spec = *spec;
    shot->result.is_cancelled = false;
    shot->result.reply_length = 0;
    atomic_store_explicit(&shot->state, SHOT_PENDING, memory_order_release);
    const struct command command = {.type = COMMAND_SHOT, .index = place};
    const int error = post(engine, &command);
    if (error) atomic_store(&shot->state, SHOT_FREE);
    *id = shot->id;
    return error;
  }
  return ENOSPC;
}

void engine_cancel(struct engine *engine, uint32_t id) {
  const struct command command = {.type = COMMAND_CANCEL, .index = id % MAX_SHOTS, .handle = id};
  post(engine, &command);
}

const struct shot_result *engine_take(struct engine *engine, uint32_t *id, uint32_t *place) {
  for (; *place < MAX_SHOTS; *place += 1) {
    struct shot *shot = &engine->shots[*place];
    if (atomic_load_explicit(&shot->state, memory_order_acquire) != SHOT_DONE) continue;
    *id = shot->id;
    return &shot->result;
  }
  return NULL;
}

void engine_release(struct engine *engine, uint32_t place) {
  atomic_store_explicit(&engine->shots[place].state, SHOT_FREE, memory_order_release);
}
