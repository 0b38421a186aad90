#include "tcp-socket.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int set(int fd, int level, int option, const void *value, size_t length) {
  return setsockopt(fd, level, option, value, (socklen_t)length) == 0 ? 0 : errno;
}

int tcp_read_facts(int fd, struct tcp_facts *out) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  memset(&info, 0, sizeof info); // what an older kernel does not know stays zero
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size)) return errno;
  *out = (struct tcp_facts){
      .rtt_us = info.tcpi_rtt,
      .rtt_variation_us = info.tcpi_rttvar,
      .min_rtt_us = info.tcpi_min_rtt,
      .window_segments = info.tcpi_snd_cwnd,
      .segment_bytes = info.tcpi_snd_mss,
      .retransmits = info.tcpi_total_retrans,
      .unacknowledged = info.tcpi_unacked,
      .sacked = info.tcpi_sacked,
      .bytes_acked = info.tcpi_bytes_acked,
      .bytes_received = info.tcpi_bytes_received,
      .bytes_sent = info.tcpi_bytes_sent,
      .data_segments_in = info.tcpi_data_segs_in,
      .receive_segment_bytes = info.tcpi_rcv_mss,
      .delivery_rate = info.tcpi_delivery_rate,
      .busy_us = info.tcpi_busy_time,
      .receiver_limited_us = info.tcpi_rwnd_limited,
      .buffer_limited_us = info.tcpi_sndbuf_limited,
  };
  return 0;
}

int tcp_set_congestion(int fd, const char *name) {
  return set(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
}

int tcp_get_congestion(int fd, char *out, size_t capacity) {
  socklen_t size = (socklen_t)capacity - 1;
  if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, out, &size)) return errno;
  out[size] = 0;
  return 0;
}

int tcp_bind_device(int fd, const char *interface) {
  return set(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, strlen(interface));
}

int tcp_set_receive_low_water(int fd, int bytes) {
  return set(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

int tcp_set_unsent_low_water(int fd, int bytes) {
  return set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

int tcp_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
