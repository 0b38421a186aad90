// UDP: DNS exchanges on a connected socket per target; one-shots on a socket of their own.
#include "state.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
  DNS_PORT = 53,
  TRACE_PORT = 33434, // where traceroute has always knocked
  REOPEN_AFTER = 3,   // unanswered in a row: a fresh source port gets past a forgotten NAT entry
};

bool read_error_queue(int fd, struct control *control, uint8_t *bytes, size_t capacity, size_t *length,
                      union socket_name *name) {
  _Alignas(8) uint8_t controls[256];
  struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
  struct msghdr message = {.msg_name = name,
                           .msg_namelen = sizeof *name,
                           .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = controls,
                           .msg_controllen = sizeof controls};
  const ssize_t got = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (got < 0) return false;
  *length = (size_t)got;
  control_parse(&message, control);
  return true;
}

static ssize_t read_datagram(int fd, struct control *control, uint8_t *bytes, size_t capacity) {
  _Alignas(8) uint8_t controls[256];
  struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = controls, .msg_controllen = sizeof controls};
  const ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
  if (got >= 0) control_parse(&message, control);
  return got;
}

static void fail(struct engine *engine, uint32_t index, int error) {
  const bool is_too_big = error == EMSGSIZE && engine->pool.slots[index].shot != NONE;
  const struct ending ending = {
      .outcome = is_too_big ? OUTCOME_TOO_BIG : OUTCOME_LOCAL, .rtt = -1, .error = error, .tcp_info_us = -1};
  end_exchange(engine, index, &ending);
}

static int open_connected(const struct destination *to, uint16_t port, uint16_t source_port) {
  const int fd = destination_socket(to, SOCK_DGRAM, source_port);
  if (fd < 0) return fd;
  union socket_name name;
  const socklen_t length = address_to_name(&to->address, port, &name);
  if (connect(fd, &name.any, length) == 0) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

// An error left over from an earlier packet fails the next send; the second try is this packet's own.
static int send_twice(int fd, const uint8_t *bytes, size_t length, int64_t *sent) {
  for (int attempt = 0; attempt < 2; attempt += 1) {
    *sent = now_mono();
    if (send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno == EMSGSIZE) break;
  }
  return errno;
}

static struct ending reply_ending(const struct slot *slot, const struct control *control, struct instant now,
                                  uint8_t rcode) {
  struct ending ending = {
      .outcome = OUTCOME_OK, .ttl = control->ttl, .detail = rcode, .tcp_info_us = -1, .from = slot->address};
  ending.rtt = receive_time(now, control->real, slot->sent, &ending.flags) - slot->sent;
  return ending;
}

void target_dns_send(struct engine *engine, uint32_t index, struct target *target) {
  struct slot *slot = &engine->pool.slots[index];
  struct target_spec *spec = &target->spec;
  if (target->fd >= 0 && (target->is_stale || target->unanswered >= REOPEN_AFTER)) {
    close(target->fd);
    target->fd = -1;
  }
  if (target->fd < 0) {
    const int fd = open_connected(&target->destination, spec->port ? spec->port : DNS_PORT, 0);
    if (fd < 0) {
      fail(engine, index, -fd);
      return;
    }
    target->fd = fd;
    target->is_stale = false;
    const uint64_t key = source_key(SOURCE_TARGET, target->handle, slot->target);
    const int error = watch_fd(engine, fd, EPOLLIN, key);
    if (error) {
      fail(engine, index, error);
      return;
    }
  }
  uint32_t other;
  do {
    slot->wire = (uint16_t)(next_random(engine) >> 16);
    other = pool_find(&engine->pool, &slot->address, slot->wire, KIND_DNS);
  } while (other != NONE && engine->pool.slots[other].state == SLOT_WAITING);
  pool_index(&engine->pool, index);
  write16(spec->query, slot->wire);
  const int error = send_twice(target->fd, spec->query, spec->query_length, &slot->sent);
  if (error) {
    target->is_stale = true;
    fail(engine, index, error);
  }
}

static void target_dns_reply(struct engine *engine, uint32_t index, const uint8_t *bytes, size_t length,
                             const struct control *control) {
  struct target *target = &engine->targets[index];
  struct dns_reply reply;
  const uint32_t place = dns_parse_reply(bytes, length, &reply)
                             ? pool_find(&engine->pool, &target->spec.address, reply.id, KIND_DNS)
                             : NONE;
  if (place == NONE || engine->pool.slots[place].target != index) {
    count(engine, COUNT_STRANGERS, 1);
    return;
  }
  struct slot *slot = &engine->pool.slots[place];
  write16(target->spec.query, slot->wire);
  if (!dns_is_answer(target->spec.query, target->spec.query_length, bytes, length)) {
    count(engine, COUNT_STRANGERS, 1);
    return;
  }
  const struct ending ending = reply_ending(slot, control, read_instant(), reply.rcode);
  if (slot->state == SLOT_WAITING)
    end_exchange(engine, place, &ending);
  else
    amend_exchange(engine, place, &ending);
}

void target_dns_ready(struct engine *engine, uint32_t index, uint32_t events) {
  struct target *target = &engine->targets[index];
  uint8_t bytes[DNS_MAX_REPLY];
  struct control control;
  union socket_name name;
  size_t length;
  while ((events & EPOLLERR) && read_error_queue(target->fd, &control, bytes, sizeof bytes, &length, &name)) {
    if (control.origin != ORIGIN_ICMP) continue;
    // Few quoted bytes: then it can only be about the newest query.
    const uint16_t id = read16(length >= 2 ? bytes : target->spec.query);
    const uint32_t place = pool_find(&engine->pool, &target->spec.address, id, KIND_DNS);
    if (place == NONE || engine->pool.slots[place].target != index) continue;
    uint8_t flags = 0;
    const int64_t sent = engine->pool.slots[place].sent;
    const int64_t received = receive_time(read_instant(), control.real, sent, &flags);
    end_with_error(engine, place, target->spec.address.family, &control, received, flags);
  }
  ssize_t got;
  for (int i = 0; i < BATCH && (got = read_datagram(target->fd, &control, bytes, sizeof bytes)) >= 0;
       i += 1) {
    target_dns_reply(engine, index, bytes, (size_t)got, &control);
  }
}

void shot_datagram_send(struct engine *engine, uint32_t index, struct shot *shot) {
  struct slot *slot = &engine->pool.slots[index];
  struct shot_spec *spec = &shot->spec;
  const bool is_dns = spec->kind == KIND_DNS;
  const uint16_t port = spec->port ? spec->port : is_dns ? DNS_PORT : TRACE_PORT;
  // A flow is a fixed source port, as Paris traceroute has it; all probes of a flow look alike to a load
  // balancer.
  uint16_t source = 0;
  if (spec->flow >= 0 && !is_dns) source = (uint16_t)(45000 + spec->flow % 10000);
  const int fd = open_connected(&shot->destination, port, source);
  if (fd < 0) {
    fail(engine, index, -fd);
    return;
  }
  slot->fd = fd;
  if (spec->is_fragment_forbidden) {
    const bool is_v4 = spec->address.family == 4;
    const int probe = is_v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;
    setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &probe,
               sizeof probe);
  }
  int error = watch_fd(engine, fd, EPOLLIN, source_key(SOURCE_SLOT, slot->generation, index));
  if (!error && is_dns) {
    slot->wire = (uint16_t)(next_random(engine) >> 16);
    write16(spec->query, slot->wire);
    error = send_twice(fd, spec->query, spec->query_length, &slot->sent);
  } else if (!error) {
    uint8_t bytes[ECHO_MAX_PAYLOAD];
    memset(bytes, 0, spec->payload);
    error = send_twice(fd, bytes, spec->payload, &slot->sent);
  }
  if (error) fail(engine, index, error);
}

void shot_datagram_ready(struct engine *engine, uint32_t index, uint32_t events) {
  struct slot *slot = &engine->pool.slots[index];
  struct shot *shot = &engine->shots[slot->shot];
  struct shot_result *result = &shot->result;
  struct control control;
  union socket_name name;
  size_t length;
  while ((events & EPOLLERR) &&
         read_error_queue(slot->fd, &control, result->reply, sizeof result->reply, &length, &name)) {
    uint8_t flags = 0;
    const int64_t received = receive_time(read_instant(), control.real, slot->sent, &flags);
    if (control.origin == ORIGIN_ICMP) {
      end_with_error(engine, index, slot->address.family, &control, received, flags);
    }
    if (slot->state != SLOT_WAITING) return;
  }
  ssize_t got;
  while ((got = read_datagram(slot->fd, &control, result->reply, sizeof result->reply)) >= 0) {
    struct dns_reply reply = {0};
    if (slot->kind == KIND_DNS &&
        (!dns_parse_reply(result->reply, (size_t)got, &reply) ||
         !dns_is_answer(shot->spec.query, shot->spec.query_length, result->reply, (size_t)got))) {
      count(engine, COUNT_STRANGERS, 1);
      continue;
    }
    result->reply_length = (uint16_t)got;
    const struct ending ending = reply_ending(slot, &control, read_instant(), reply.rcode);
    end_exchange(engine, index, &ending);
    return;
  }
}
