// The engine thread: one epoll loop over sockets and timers. It never waits for JavaScript.
#include "state.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

enum { EVENTS = 64, REALTIME_PRIORITY = 5 };

// JavaScript is woken when the oldest result is this old or the ring a quarter full, and not more often than
// WAKE_EVERY. A wake-up costs it more than the ten results it then reads.
#define WAKE_AFTER (100 * MILLISECOND)
#define WAKE_EVERY (100 * MILLISECOND)
// A jump of the boot clock against the monotonic one that is a suspend and not a preemption between two
// reads.
#define SUSPEND_MIN (500 * MILLISECOND)

int watch_fd(struct engine *engine, int fd, uint32_t events, uint64_t key) {
  struct epoll_event event = {.events = events, .data.u64 = key};
  return epoll_ctl(engine->epoll, EPOLL_CTL_ADD, fd, &event) ? errno : 0;
}

static int64_t read_suspended(void) {
  int64_t least = INT64_MAX;
  for (int i = 0; i < 3; i += 1) {
    const int64_t mono = now_mono();
    const int64_t difference = read_clock(CLOCK_BOOTTIME) - mono;
    if (difference < least) least = difference;
  }
  return least;
}

static void check_suspend(struct engine *engine, int64_t now) {
  if (read_clock(CLOCK_BOOTTIME) - now < engine->suspended + SUSPEND_MIN) return;
  const int64_t suspended = read_suspended();
  if (suspended >= engine->suspended + SUSPEND_MIN) void_in_flight(engine);
  engine->suspended = suspended;
}

// Returns when JavaScript is to be woken next.
static int64_t wake_javascript(struct engine *engine, int64_t now) {
  if (engine->oldest_result == 0 && !engine->has_finished_shots) return INT64_MAX;
  if (atomic_load_explicit(&engine->is_wake_pending, memory_order_acquire)) return now + WAKE_EVERY;
  const bool is_filling = ring_waiting(&engine->ring) > engine->ring.capacity / 4;
  int64_t at = is_filling ? now : engine->oldest_result + WAKE_AFTER;
  if (at < engine->last_wake + WAKE_EVERY) at = engine->last_wake + WAKE_EVERY;
  if (!engine->has_finished_shots && now < at) return at;
  const bool is_needed = engine->has_finished_shots || ring_waiting(&engine->ring) > 0;
  engine->oldest_result = 0;
  engine->has_finished_shots = false;
  if (!is_needed) return INT64_MAX;
  engine->last_wake = now;
  atomic_store_explicit(&engine->is_wake_pending, true, memory_order_release);
  engine->options.wake(engine->options.context);
  return INT64_MAX;
}

void links_ready(struct engine *engine) {
  const uint32_t news = links_read(engine->netlink_fd);
  if (!(news & (NEWS_LINK | NEWS_ADDRESS))) return;
  for (uint32_t i = 0; i < MAX_TARGETS; i += 1) {
    struct target *target = &engine->targets[i];
    if (!target->is_used) continue;
    target->is_stale = true;
    if (target->destination.interface[0]) destination_prepare(&target->destination);
  }
}

static void slot_ready(struct engine *engine, uint32_t index, uint32_t generation, uint32_t events) {
  const struct slot *slot = &engine->pool.slots[index];
  if ((slot->generation & 0xffffff) != generation || slot->state != SLOT_WAITING || slot->fd < 0) return;
  if (slot->kind == KIND_TCP)
    tcp_ready(engine, index, events);
  else
    shot_datagram_ready(engine, index, events);
}

static void dispatch(struct engine *engine, const struct epoll_event *event) {
  const uint64_t key = event->data.u64;
  const uint32_t index = (uint32_t)key, generation = (uint32_t)(key >> 32) & 0xffffff;
  uint64_t ignored;
  switch ((enum source)(key >> 56)) {
  case SOURCE_WAKE:
    if (read(engine->wake_fd, &ignored, sizeof ignored) < 0) break;
    break;
  case SOURCE_ICMP:
    echo_receive(engine, &engine->sockets[index]);
    break;
  case SOURCE_LINKS:
    links_ready(engine);
    break;
  case SOURCE_SLOT:
    slot_ready(engine, index, generation, event->events);
    break;
  case SOURCE_TARGET: {
    const struct target *target = &engine->targets[index];
    if (target->fd < 0 || (target->handle & 0xffffff) != generation) break;
    target_dns_ready(engine, index, event->events);
    break;
  }
  }
}

static void expire_due(struct engine *engine) {
  const int64_t now = now_mono();
  if (heap_first_key(&engine->pool.deadlines) > now) return;
  // What has arrived in time must not time out only because nobody read it yet.
  echo_receive_all(engine);
  expire(engine, now);
}

static void wait_and_dispatch(struct engine *engine, int64_t until) {
  struct epoll_event events[EVENTS];
  int64_t wait = until - now_mono();
  if (wait < 0) wait = 0;
  if (wait > SECOND) wait = SECOND;
  const struct timespec timeout = {.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND};
  const int ready = epoll_pwait2(engine->epoll, events, EVENTS, &timeout, NULL);
  count(engine, COUNT_WAKES, 1);
  engine->now = now_mono();
  for (int i = 0; i < ready; i += 1) dispatch(engine, &events[i]);
}

static void prepare_thread(struct engine *engine) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  pthread_setname_np(pthread_self(), "ist-probe");
  prctl(PR_SET_TIMERSLACK, 1UL); // ns; the default 50 us would be in every send time
  atomic_store(&engine->thread_id, gettid());
  if (!engine->options.is_realtime) return;
  // Refused in a service that may not; the service manager then gives the class from outside, or nobody does.
  const struct sched_param priority = {.sched_priority = REALTIME_PRIORITY};
  pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
}

static void *run(void *argument) {
  struct engine *engine = argument;
  prepare_thread(engine);
  engine->now = now_mono();
  while (!atomic_load_explicit(&engine->is_stopping, memory_order_acquire)) {
    commands_run(engine);
    engine->now = now_mono();
    check_suspend(engine, engine->now);
    schedule_fire(engine, engine->now);
    expire_due(engine);
    int64_t until = wake_javascript(engine, now_mono());
    const int64_t due = heap_first_key(&engine->dues), deadline = heap_first_key(&engine->pool.deadlines);
    if (due < until) until = due;
    if (deadline < until) until = deadline;
    wait_and_dispatch(engine, until);
  }
  return NULL;
}

static int open_parts(struct engine *engine) {
  const uint32_t records = engine->options.ring_records;
  uint64_t seed[2];
  if (getrandom(seed, sizeof seed, 0) != sizeof seed) return EIO;
  engine->nonce = seed[0];
  engine->random = seed[1] | 1;
  engine->targets = calloc(MAX_TARGETS, sizeof *engine->targets);
  engine->handle_of = calloc(MAX_TARGETS, sizeof *engine->handle_of);
  engine->commands = calloc(COMMAND_CAPACITY, sizeof *engine->commands);
  engine->shots = calloc(MAX_SHOTS, sizeof *engine->shots);
  engine->ring.header = calloc(1, sizeof(struct ring_header) + records * sizeof(struct record));
  if (!engine->targets || !engine->handle_of || !engine->commands || !engine->shots || !engine->ring.header) {
    return ENOMEM;
  }
  engine->ring.records = (struct record *)(engine->ring.header + 1);
  engine->ring.capacity = records;
  int error = heap_open(&engine->dues, MAX_TARGETS);
  if (!error) error = pool_open(&engine->pool);
  if (error) return error;
  engine->epoll = epoll_create1(EPOLL_CLOEXEC);
  engine->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (engine->epoll < 0 || engine->wake_fd < 0) return errno;
  error = watch_fd(engine, engine->wake_fd, EPOLLIN, source_key(SOURCE_WAKE, 0, 0));
  if (error) return error;
  engine->netlink_fd = links_open(); // absent in some sandboxes; interface indexes are then not refreshed
  if (engine->netlink_fd >= 0) {
    error = watch_fd(engine, engine->netlink_fd, EPOLLIN, source_key(SOURCE_LINKS, 0, 0));
    if (error) return error;
  }
  return sockets_open(engine);
}

int engine_open(const struct engine_options *options, struct engine **out) {
  struct engine *engine = calloc(1, sizeof *engine);
  if (!engine) return ENOMEM;
  engine->options = *options;
  engine->epoll = engine->wake_fd = engine->netlink_fd = -1;
  for (int i = 0; i < SOCKET_COUNT; i += 1) engine->sockets[i].fd = -1;
  const int error = open_parts(engine);
  if (error) {
    engine_free(engine);
    return error;
  }
  engine->suspended = read_suspended();
  *out = engine;
  return 0;
}

int engine_start(struct engine *engine) {
  const int error = pthread_create(&engine->thread, NULL, run, engine);
  engine->is_running = error == 0;
  return error;
}

void engine_stop(struct engine *engine) {
  const uint64_t one = 1;
  if (!engine->is_running) return;
  atomic_store_explicit(&engine->is_stopping, true, memory_order_release);
  while (write(engine->wake_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
  pthread_join(engine->thread, NULL);
  engine->is_running = false;
  atomic_store(&engine->thread_id, 0);
  commands_run(engine); // frees what was handed over and not taken
  for (uint32_t i = 0; i < MAX_TARGETS; i += 1) target_close(engine, &engine->targets[i]);
  for (uint32_t i = 0; i < engine->pool.touched; i += 1) {
    if (engine->pool.slots[i].fd >= 0) close(engine->pool.slots[i].fd);
    engine->pool.slots[i].fd = -1;
  }
  sockets_close(engine);
  if (engine->epoll >= 0) close(engine->epoll);
  if (engine->wake_fd >= 0) close(engine->wake_fd);
  if (engine->netlink_fd >= 0) close(engine->netlink_fd);
  engine->epoll = engine->wake_fd = engine->netlink_fd = -1;
}

void engine_free(struct engine *engine) {
  sockets_close(engine);
  if (engine->epoll >= 0) close(engine->epoll);
  if (engine->wake_fd >= 0) close(engine->wake_fd);
  if (engine->netlink_fd >= 0) close(engine->netlink_fd);
  pool_close(&engine->pool);
  heap_close(&engine->dues);
  free(engine->targets);
  free(engine->handle_of);
  free(engine->commands);
  free(engine->shots);
  free(engine->ring.header);
  free(engine);
}

void *engine_ring(struct engine *engine, size_t *bytes) {
  *bytes = sizeof(struct ring_header) + engine->ring.capacity * sizeof(struct record);
  return engine->ring.header;
}

void engine_woken(struct engine *engine) {
  atomic_store_explicit(&engine->is_wake_pending, false, memory_order_release);
}

static enum icmp_mode mode_of(const struct icmp_socket *icmp) {
  return icmp->fd < 0 ? MODE_NONE : icmp->is_raw ? MODE_RAW : MODE_SOCKET;
}

// The kernel knows; what was asked for at the start may have been given or taken since.
static bool has_realtime(struct engine *engine) {
  const pid_t thread = atomic_load(&engine->thread_id);
  return thread > 0 && (sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

void engine_status(struct engine *engine, struct engine_status *out) {
  memset(out, 0, sizeof *out);
  for (int i = 0; i < COUNTER_COUNT; i += 1) out->counters[i] = atomic_load(&engine->counters[i]);
  clockid_t cpu;
  if (engine->is_running && pthread_getcpuclockid(engine->thread, &cpu) == 0) out->cpu_ns = read_clock(cpu);
  out->is_realtime = has_realtime(engine);
  out->icmp4 = mode_of(&engine->sockets[SOCKET_V4]);
  out->icmp6 = mode_of(&engine->sockets[SOCKET_V6]);
  out->has_transmit_stamps = engine->sockets[SOCKET_V4].has_transmit_stamps;
}
