// Raw ICMP when we may, unprivileged ping sockets when not.
#include "state.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmpv6.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

// Own echo replies, and errors that quote ICMP. All else is dropped in the kernel: other pingers cost no
// wake-up.
static int filter_v4(int fd, uint16_t id) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),        // X = bytes of the IP header
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),         // ICMP type
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),  // echo reply?
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),         // its id
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 6, 0), // ours: take
      BPF_STMT(BPF_RET | BPF_K, 0),                  //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 2, 0),  // unreachable
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 11, 1, 0), // time exceeded
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 12, 0, 3), // parameter problem
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 8 + 9),     // protocol in the quoted header
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),  // ICMP?
      BPF_STMT(BPF_RET | BPF_K, 0xffff),             //
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int filter_v6(int fd, uint16_t id) {
  struct icmp6_filter types;
  memset(&types, 0xff, sizeof types); // on Linux a set bit blocks
  const uint8_t wanted[] = {1, 2, 3, 4, 129};
  for (size_t i = 0; i < sizeof wanted; i += 1) types.data[wanted[i] >> 5] &= ~(1u << (wanted[i] & 31));
  if (setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &types, sizeof types)) return -1;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 129, 0, 2),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),     BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void set_common(struct icmp_socket *icmp) {
  const int on = 1, big = 1 << 20;
  const bool is_v4 = icmp->family == 4;
  if (setsockopt(icmp->fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big)) {
    setsockopt(icmp->fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
  }
  setsockopt(icmp->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (is_v4)
    setsockopt(icmp->fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  else
    setsockopt(icmp->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
  // Raw sockets see errors as packets; their error queue would also hold the errors of other pingers.
  if (!icmp->is_raw) {
    setsockopt(icmp->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_RECVERR : IPV6_RECVERR, &on,
               sizeof on);
  }
}

// Switched around a send. Sockets of their own for this would cost a copy of every reply: the kernel hands
// each ICMP packet to all raw sockets.
void sockets_forbid_fragments(const struct icmp_socket *icmp, bool is_forbidden) {
  const int mode = is_forbidden ? IP_PMTUDISC_PROBE : IP_PMTUDISC_WANT, on = is_forbidden;
  const bool is_v4 = icmp->family == 4;
  setsockopt(icmp->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &mode,
             sizeof mode);
  if (!is_v4) setsockopt(icmp->fd, IPPROTO_IPV6, IPV6_DONTFRAG, &on, sizeof on);
  // What is too big for the own interface is explained nowhere but in the error queue.
  if (icmp->is_raw) {
    setsockopt(icmp->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_RECVERR : IPV6_RECVERR, &on,
               sizeof on);
  }
}

// Also starts the kernel's count of stamps at zero. Which packets get one is said with each send.
static bool allow_transmit_stamps(int fd) {
  const int receive = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  const int all = receive | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &receive, sizeof receive) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &all, sizeof all) == 0;
}

static void set_transmit_stamps(struct icmp_socket *icmp) {
  const int on = 1, off = 0;
  icmp->stamp_slots = malloc(STAMP_CAPACITY * sizeof *icmp->stamp_slots);
  if (!icmp->stamp_slots) return;
  memset(icmp->stamp_slots, 0xff, STAMP_CAPACITY * sizeof *icmp->stamp_slots);
  setsockopt(icmp->fd, SOL_SOCKET, SO_TIMESTAMPNS, &off, sizeof off);
  icmp->has_transmit_stamps = allow_transmit_stamps(icmp->fd);
  if (!icmp->has_transmit_stamps) setsockopt(icmp->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

void sockets_restart_stamps(struct icmp_socket *icmp) {
  allow_transmit_stamps(icmp->fd);
  memset(icmp->stamp_slots, 0xff, STAMP_CAPACITY * sizeof *icmp->stamp_slots);
  icmp->stamps_sent = 0;
}

static int open_raw(struct icmp_socket *icmp, uint16_t id) {
  const bool is_v4 = icmp->family == 4;
  const int protocol = is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  icmp->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (icmp->fd < 0) return errno;
  icmp->is_raw = true;
  icmp->id = id;
  if (is_v4 ? filter_v4(icmp->fd, id) : filter_v6(icmp->fd, id)) return errno;
  return 0;
}

static int open_ping(struct icmp_socket *icmp) {
  const bool is_v4 = icmp->family == 4;
  const int protocol = is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  icmp->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (icmp->fd < 0) return errno;
  icmp->is_raw = false;
  // The kernel uses the bound "port" as the echo id.
  union socket_name name = {.any.sa_family = is_v4 ? AF_INET : AF_INET6};
  socklen_t length = is_v4 ? sizeof name.v4 : sizeof name.v6;
  if (bind(icmp->fd, &name.any, length) || getsockname(icmp->fd, &name.any, &length)) return errno;
  icmp->id = ntohs(is_v4 ? name.v4.sin_port : name.v6.sin6_port);
  return 0;
}

static void close_socket(struct icmp_socket *icmp) {
  if (icmp->fd >= 0) close(icmp->fd);
  free(icmp->stamp_slots);
  icmp->stamp_slots = NULL;
  icmp->fd = -1;
}

int sockets_open(struct engine *engine) {
  const enum icmp_mode mode = engine->options.mode;
  const uint16_t id = (uint16_t)next_random(engine);
  for (int i = 0; i < SOCKET_COUNT; i += 1) {
    struct icmp_socket *icmp = &engine->sockets[i];
    *icmp = (struct icmp_socket){.fd = -1};
    icmp->family = i == SOCKET_V4 ? 4 : 6;
    if (mode == MODE_NONE) continue;
    int error = EPERM;
    if (mode != MODE_SOCKET) error = open_raw(icmp, (uint16_t)(id + i));
    if (error && mode != MODE_RAW) {
      close_socket(icmp);
      error = open_ping(icmp);
    }
    if (error) {
      close_socket(icmp);
      continue;
    }
    set_common(icmp);
    if (engine->options.has_transmit_stamps) set_transmit_stamps(icmp);
    const int failed = watch_fd(engine, icmp->fd, EPOLLIN, source_key(SOURCE_ICMP, 0, (uint32_t)i));
    if (failed) return failed;
  }
  return 0;
}

void sockets_close(struct engine *engine) {
  for (int i = 0; i < SOCKET_COUNT; i += 1) close_socket(&engine->sockets[i]);
}
