// TCP handshakes: the fallback where there is no ICMP, and one-shots.
#include "state.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { DEFAULT_PORT = 443 };

static void fail(struct engine *engine, uint32_t index, enum outcome outcome, int error) {
  const struct ending ending = {.outcome = outcome, .rtt = -1, .error = error, .tcp_info_us = -1};
  end_exchange(engine, index, &ending);
}

void tcp_send(struct engine *engine, uint32_t index, const struct destination *to) {
  struct slot *slot = &engine->pool.slots[index];
  const int fd = destination_socket(to, SOCK_STREAM, 0);
  if (fd < 0) {
    fail(engine, index, OUTCOME_LOCAL, -fd);
    return;
  }
  slot->fd = fd;
  union socket_name name;
  const socklen_t length = address_to_name(&to->address, to->port ? to->port : DEFAULT_PORT, &name);
  slot->sent = now_mono();
  if (connect(fd, &name.any, length) == 0 || errno == EINPROGRESS) {
    // Watched only now: a socket that is not connecting yet reports a hang-up.
    const int error = watch_fd(engine, fd, EPOLLOUT, source_key(SOURCE_SLOT, slot->generation, index));
    if (error) fail(engine, index, OUTCOME_LOCAL, error);
  } else if (errno == ECONNREFUSED) { // on loopback the answer is there before connect returns
    const struct ending ending = {.outcome = OUTCOME_REFUSED,
                                  .rtt = now_mono() - slot->sent,
                                  .error = ECONNREFUSED,
                                  .tcp_info_us = -1,
                                  .from = slot->address};
    end_exchange(engine, index, &ending);
  } else {
    fail(engine, index, OUTCOME_LOCAL, errno);
  }
}

void tcp_ready(struct engine *engine, uint32_t index, uint32_t events) {
  (void)events;
  struct slot *slot = &engine->pool.slots[index];
  struct ending ending = {.outcome = OUTCOME_OK, .tcp_info_us = -1, .from = slot->address};
  ending.rtt = now_mono() - slot->sent;
  struct control control;
  uint8_t bytes[64];
  size_t length;
  union socket_name name;
  while (read_error_queue(slot->fd, &control, bytes, sizeof bytes, &length, &name)) {
    uint8_t flags = 0;
    const int64_t received = receive_time(read_instant(), control.real, slot->sent, &flags);
    end_with_error(engine, index, slot->address.family, &control, received, flags);
    if (slot->state != SLOT_WAITING) return;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  ending.error = error;
  struct tcp_info info;
  memset(&info, 0, sizeof info);
  size = sizeof info;
  if (error == 0 && getsockopt(slot->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
      size >= offsetof(struct tcp_info, tcpi_total_retrans) + sizeof info.tcpi_total_retrans) {
    const int64_t kernel = (int64_t)info.tcpi_rtt * MICROSECOND;
    ending.tcp_info_us = info.tcpi_rtt;
    // The kernel's own measure of the handshake knows no wait for this thread.
    if (info.tcpi_total_retrans == 0 && kernel > 0 && kernel <= ending.rtt) {
      ending.rtt = kernel;
      ending.flags |= FLAG_KERNEL_RECEIVE;
    }
  }
  switch (error) {
  case 0:
    break;
  case ECONNREFUSED:
  case ECONNRESET:
    ending.outcome = OUTCOME_REFUSED;
    break;
  case ETIMEDOUT:
    fail(engine, index, OUTCOME_TIMEOUT, error);
    return;
  default:
    fail(engine, index, OUTCOME_UNREACHABLE, error);
    return;
  }
  end_exchange(engine, index, &ending);
}
