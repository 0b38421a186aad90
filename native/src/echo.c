// ICMP exchanges over the shared sockets.
#include "state.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

enum { DATAGRAM_BYTES = 256, CONTROL_BYTES = 256 };

static struct slot *slot_of(struct engine *engine, const struct token *token, uint32_t *index) {
  if (token->nonce != engine->nonce || token->slot >= engine->pool.touched) return NULL;
  struct slot *slot = &engine->pool.slots[token->slot];
  if (slot->generation != token->generation || slot->state == SLOT_FREE) return NULL;
  *index = token->slot;
  return slot;
}

static void take_reply(struct engine *engine, const struct icmp_message *message,
                       const struct control *control, const struct address *from, struct instant now) {
  uint32_t index;
  struct slot *slot = message->has_token ? slot_of(engine, &message->token, &index) : NULL;
  if (!slot || slot->kind != KIND_ICMP || slot->wire != message->sequence) {
    count(engine, COUNT_STRANGERS, 1);
    return;
  }
  struct ending ending = {.outcome = OUTCOME_OK, .ttl = control->ttl, .tcp_info_us = -1, .from = *from};
  const int64_t received = receive_time(now, control->real, slot->sent, &ending.flags);
  ending.rtt = received - slot->sent;
  if (slot->transmitted && (ending.flags & FLAG_KERNEL_RECEIVE) && received >= slot->transmitted) {
    ending.rtt = received - slot->transmitted;
    ending.flags |= FLAG_KERNEL_TRANSMIT;
  }
  if (slot->state != SLOT_WAITING) {
    amend_exchange(engine, index, &ending);
    return;
  }
  // The stamp decides, not when this thread came round to reading it.
  if (received > slot->deadline) {
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .rtt = -1, .tcp_info_us = -1};
    end_exchange(engine, index, &timeout);
    amend_exchange(engine, index, &ending);
    return;
  }
  end_exchange(engine, index, &ending);
}

static void take_error(struct engine *engine, const struct icmp_socket *icmp, const struct quote *quote,
                       const struct control *control, struct instant now) {
  if (!quote->is_echo || quote->id != icmp->id) return; // another pinger's
  uint32_t index = NONE;
  struct slot *slot = quote->has_token ? slot_of(engine, &quote->token, &index) : NULL;
  if (!slot) {
    // Many routers quote no more than eight bytes: then address and sequence number must do.
    struct address address = {.family = icmp->family};
    memcpy(address.bytes, quote->destination, sizeof address.bytes);
    index = pool_find(&engine->pool, &address, quote->sequence, KIND_ICMP);
    if (index == NONE) return;
    slot = &engine->pool.slots[index];
  }
  uint8_t flags = 0;
  const int64_t received = receive_time(now, control->real, slot->sent, &flags);
  end_with_error(engine, index, icmp->family, control, received, flags);
}

static void take_transmit_stamp(struct engine *engine, struct icmp_socket *icmp,
                                const struct control *control, struct instant now) {
  if (!icmp->has_transmit_stamps || control->real == 0) return;
  const uint32_t index = icmp->stamp_slots[control->data % STAMP_CAPACITY];
  if (index == NONE) return;
  struct slot *slot = &engine->pool.slots[index];
  const int64_t at = now.mono - (now.real - control->real);
  if (slot->state == SLOT_WAITING && at >= slot->sent && at <= now.mono) slot->transmitted = at;
}

struct batch {
  uint8_t bytes[BATCH][DATAGRAM_BYTES];
  _Alignas(8) uint8_t controls[BATCH][CONTROL_BYTES];
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  union socket_name names[BATCH];
};

static int read_batch(int fd, struct batch *batch, int flags) {
  for (int i = 0; i < BATCH; i += 1) {
    batch->vectors[i] = (struct iovec){.iov_base = batch->bytes[i], .iov_len = DATAGRAM_BYTES};
    batch->messages[i].msg_hdr = (struct msghdr){.msg_name = &batch->names[i],
                                                 .msg_namelen = sizeof batch->names[i],
                                                 .msg_iov = &batch->vectors[i],
                                                 .msg_iovlen = 1,
                                                 .msg_control = batch->controls[i],
                                                 .msg_controllen = CONTROL_BYTES};
  }
  return recvmmsg(fd, batch->messages, BATCH, MSG_DONTWAIT | flags, NULL);
}

static size_t length_of(const struct batch *batch, int i) {
  const size_t length = batch->messages[i].msg_len;
  return length < DATAGRAM_BYTES ? length : DATAGRAM_BYTES;
}

// Returns the MTU of a local "too big", 0 when there was none.
static uint32_t drain_errors(struct engine *engine, struct icmp_socket *icmp) {
  static _Thread_local struct batch batch;
  uint32_t mtu = 0;
  for (int received = BATCH; received == BATCH;) {
    received = read_batch(icmp->fd, &batch, MSG_ERRQUEUE);
    if (received <= 0) break;
    const struct instant now = read_instant();
    for (int i = 0; i < received; i += 1) {
      struct control control;
      control_parse(&batch.messages[i].msg_hdr, &control);
      if (control.origin == ORIGIN_TRANSMIT) {
        take_transmit_stamp(engine, icmp, &control, now);
      } else if (control.origin == ORIGIN_LOCAL) {
        mtu = control.info;
      } else if (control.origin == ORIGIN_ICMP) {
        struct quote quote = {0};
        const struct address to = address_of(&batch.names[i]);
        memcpy(quote.destination, to.bytes, sizeof quote.destination);
        const bool is_echo = quote_parse_echo(icmp->family, batch.bytes[i], length_of(&batch, i), &quote);
        if (is_echo) take_error(engine, icmp, &quote, &control, now);
      }
    }
  }
  return mtu;
}

void echo_send(struct engine *engine, uint32_t index, struct icmp_socket *icmp, const struct destination *to,
               size_t payload, int32_t flow) {
  uint8_t bytes[ICMP_HEADER_BYTES + ECHO_MAX_PAYLOAD];
  struct slot *slot = &engine->pool.slots[index];
  const struct echo echo = {
      .id = icmp->id,
      .sequence = slot->wire,
      .token = {.nonce = engine->nonce, .slot = index, .generation = slot->generation},
      .payload = payload,
      .flow = flow,
  };
  struct iovec vector = {.iov_base = bytes};
  vector.iov_len = icmp_build_echo(icmp->family, &echo, bytes, sizeof bytes);
  const struct msghdr message = {
      .msg_name = (void *)(uintptr_t)&to->name,
      .msg_namelen = to->name_length,
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = to->control_length ? (void *)(uintptr_t)to->control : NULL,
      .msg_controllen = to->control_length,
  };
  const bool is_stamped = to->is_stamped && icmp->has_transmit_stamps;
  uint32_t mtu = 0;
  int error = 0;
  for (int attempt = 0; attempt < 2; attempt += 1) {
    if (is_stamped) icmp->stamp_slots[icmp->stamps_sent % STAMP_CAPACITY] = index;
    slot->sent = now_mono(); // one stamp for a batch of sends was wrong by up to 930 us
    const ssize_t sent = to->control_length ? sendmsg(icmp->fd, &message, MSG_DONTWAIT)
                                            : sendto(icmp->fd, bytes, vector.iov_len, MSG_DONTWAIT,
                                                     &to->name.any, to->name_length); // 0.1 us less
    if (sent >= 0) {
      icmp->stamps_sent += is_stamped;
      return;
    }
    // An ICMP error for an earlier packet is handed to the next send: only the second failure is this
    // packet's own.
    error = errno;
    if (is_stamped) sockets_restart_stamps(icmp);
    mtu = drain_errors(engine, icmp);
    if (error == EMSGSIZE || slot->state != SLOT_WAITING) break;
  }
  if (slot->state != SLOT_WAITING) return;
  const bool is_too_big = error == EMSGSIZE && slot->shot != NONE;
  const struct ending ending = {.outcome = is_too_big ? OUTCOME_TOO_BIG : OUTCOME_LOCAL,
                                .rtt = -1,
                                .error = error,
                                .mtu = mtu,
                                .tcp_info_us = -1};
  end_exchange(engine, index, &ending);
}

static void take_packet(struct engine *engine, struct icmp_socket *icmp, const struct batch *batch, int i,
                        struct instant now) {
  const uint8_t *start = batch->bytes[i];
  size_t length = length_of(batch, i);
  struct control control;
  control_parse(&batch->messages[i].msg_hdr, &control);
  if (icmp->is_raw && icmp->family == 4) {
    struct ip4_header header;
    if (!ip4_parse(start, length, &header)) return;
    control.ttl = header.ttl;
    start += header.header_bytes;
    length -= header.header_bytes;
  }
  struct icmp_message message;
  if (!icmp_parse(icmp->family, start, length, &message)) return;
  const struct address from = address_of(&batch->names[i]);
  if (message.kind == MESSAGE_REPLY && message.id == icmp->id) {
    take_reply(engine, &message, &control, &from, now);
  } else if (message.kind == MESSAGE_ERROR) {
    control.origin = ORIGIN_ICMP;
    control.type = message.type;
    control.code = message.code;
    control.info = message.mtu;
    control.offender = from;
    take_error(engine, icmp, &message.quote, &control, now);
  }
}

void echo_receive(struct engine *engine, struct icmp_socket *icmp) {
  static _Thread_local struct batch batch;
  // Transmit stamps first: they belong to the replies that are read next.
  drain_errors(engine, icmp);
  int received = BATCH;
  // Bounded, so that a flood cannot keep us from sending.
  for (int round = 0; round < 8 && received == BATCH; round += 1) {
    received = read_batch(icmp->fd, &batch, 0);
    const struct instant now = read_instant();
    for (int i = 0; i < received; i += 1) take_packet(engine, icmp, &batch, i, now);
  }
}

void echo_receive_all(struct engine *engine) {
  for (int i = 0; i < SOCKET_COUNT; i += 1) {
    if (engine->sockets[i].fd >= 0) echo_receive(engine, &engine->sockets[i]);
  }
}
