// Begins exchanges, for continuous targets and for one-shots alike.
#include "state.h"
#include <errno.h>
#include <string.h>

uint32_t begin_exchange(struct engine *engine, uint8_t kind, const struct destination *to, int64_t timeout) {
  const int64_t now = engine->now;
  const uint32_t index = pool_take(&engine->pool, now);
  if (index == NONE) return NONE;
  struct slot *slot = &engine->pool.slots[index];
  slot->kind = kind;
  slot->address = to->address;
  slot->sent = now;
  slot->deadline = now + timeout;
  slot->target = slot->shot = NONE;
  heap_set(&engine->pool.deadlines, index, slot->deadline);
  return index;
}

static void end_locally(struct engine *engine, uint32_t index, int error) {
  const struct ending ending = {.outcome = OUTCOME_LOCAL, .rtt = -1, .error = error, .tcp_info_us = -1};
  end_exchange(engine, index, &ending);
}

static struct icmp_socket *icmp_for(struct engine *engine, uint8_t family) {
  struct icmp_socket *icmp = &engine->sockets[family == 4 ? SOCKET_V4 : SOCKET_V6];
  return icmp->fd >= 0 ? icmp : NULL;
}

void send_target(struct engine *engine, uint32_t index, int64_t now) {
  struct target *target = &engine->targets[index];
  const struct target_spec *spec = &target->spec;
  const uint64_t seq = target->next_seq;
  target->next_seq += 1;
  uint8_t kind = spec->kind;
  struct icmp_socket *icmp = kind == KIND_ICMP ? icmp_for(engine, spec->address.family) : NULL;
  if (kind == KIND_ICMP && !icmp) kind = KIND_TCP; // no ICMP to be had: the handshake's time instead
  const uint32_t place = begin_exchange(engine, kind, &target->destination, spec->timeout);
  if (place == NONE) {
    report_skipped(engine, target, seq, 1, now);
    return;
  }
  struct slot *slot = &engine->pool.slots[place];
  slot->target = index;
  slot->handle = target->handle;
  slot->seq = seq;
  slot->wire = (uint16_t)(spec->first_sequence + seq);
  count(engine, COUNT_SENT, 1);
  count(engine, COUNT_IN_FLIGHT, 1);
  if (target->destination.is_interface_missing) {
    end_locally(engine, place, ENODEV);
    return;
  }
  switch (kind) {
  case KIND_ICMP:
    pool_index(&engine->pool, place);
    echo_send(engine, place, icmp, &target->destination, spec->payload, -1);
    break;
  case KIND_TCP:
    tcp_send(engine, place, &target->destination);
    break;
  default:
    target_dns_send(engine, place, target);
    break;
  }
}

void shot_start(struct engine *engine, uint32_t index) {
  struct shot *shot = &engine->shots[index];
  const struct shot_spec *spec = &shot->spec;
  struct destination *to = &shot->destination;
  memset(to, 0, sizeof *to);
  to->address = spec->address;
  to->source = spec->source;
  to->port = spec->port;
  to->ttl = spec->ttl;
  memcpy(to->interface, spec->interface, sizeof to->interface);
  to->is_stamped = engine->options.has_transmit_stamps;
  destination_prepare(to);
  const uint32_t place = begin_exchange(engine, spec->kind, to, spec->timeout);
  const struct ending full = {.outcome = OUTCOME_LOCAL, .rtt = -1, .error = ENOBUFS, .tcp_info_us = -1};
  if (place == NONE) {
    struct slot none = {.shot = index};
    shot_finish(engine, &none, &full);
    return;
  }
  struct slot *slot = &engine->pool.slots[place];
  slot->shot = index;
  shot->slot = place;
  slot->wire = engine->shot_sequence;
  engine->shot_sequence += 1;
  if (to->is_interface_missing) {
    end_locally(engine, place, ENODEV);
    return;
  }
  if (spec->kind == KIND_TCP) {
    tcp_send(engine, place, to);
  } else if (spec->kind != KIND_ICMP) {
    shot_datagram_send(engine, place, shot);
  } else {
    struct icmp_socket *icmp = icmp_for(engine, spec->address.family);
    if (!icmp) {
      end_locally(engine, place, EPERM);
      return;
    }
    pool_index(&engine->pool, place);
    if (spec->is_fragment_forbidden) sockets_forbid_fragments(icmp, true);
    echo_send(engine, place, icmp, to, spec->payload, spec->flow);
    if (spec->is_fragment_forbidden) sockets_forbid_fragments(icmp, false);
  }
}

void shot_cancel(struct engine *engine, uint32_t index, uint32_t id) {
  struct shot *shot = &engine->shots[index];
  if (shot->id != id || atomic_load(&shot->state) != SHOT_PENDING) return;
  shot->result.is_cancelled = true;
  end_locally(engine, shot->slot, ECANCELED);
}

void shot_finish(struct engine *engine, struct slot *slot, const struct ending *ending) {
  struct shot *shot = &engine->shots[slot->shot];
  struct shot_result *result = &shot->result;
  result->outcome = ending->outcome;
  result->rtt = ending->rtt;
  result->tcp_info_us = ending->tcp_info_us;
  result->error = ending->error;
  result->mtu = ending->mtu;
  result->ttl = ending->ttl;
  result->icmp_type = ending->icmp_type;
  result->icmp_code = ending->icmp_code;
  result->flags = ending->flags;
  result->detail = ending->detail;
  result->from = ending->from;
  engine->has_finished_shots = true;
  atomic_store_explicit(&shot->state, SHOT_DONE, memory_order_release);
}
