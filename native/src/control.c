#include "control.h"
#include "clock.h"
#include <linux/errqueue.h>
#include <string.h>

static void read_error(const struct cmsghdr *header, struct control *out) {
  struct sock_extended_err error;
  if (header->cmsg_len < CMSG_LEN(sizeof error)) return;
  memcpy(&error, CMSG_DATA(header), sizeof error);
  out->error = (int)error.ee_errno;
  out->type = error.ee_type;
  out->code = error.ee_code;
  out->info = error.ee_info;
  out->data = error.ee_data;
  switch (error.ee_origin) {
  case SO_EE_ORIGIN_LOCAL:
    out->origin = ORIGIN_LOCAL;
    break;
  case SO_EE_ORIGIN_ICMP:
  case SO_EE_ORIGIN_ICMP6:
    out->origin = ORIGIN_ICMP;
    break;
  case SO_EE_ORIGIN_TIMESTAMPING:
    out->origin = ORIGIN_TRANSMIT;
    break;
  default:
    break;
  }
  union socket_name name;
  const size_t rest = header->cmsg_len - CMSG_LEN(sizeof error);
  memset(&name, 0, sizeof name);
  memcpy(&name, CMSG_DATA(header) + sizeof error, rest < sizeof name ? rest : sizeof name);
  if (rest >= sizeof name.v4) out->offender = address_of(&name);
}

void control_parse(const struct msghdr *message, struct control *out) {
  memset(out, 0, sizeof *out);
  struct msghdr *walk = (struct msghdr *)(uintptr_t)message; // CMSG_NXTHDR takes no const
  for (struct cmsghdr *header = CMSG_FIRSTHDR(walk); header; header = CMSG_NXTHDR(walk, header)) {
    const int level = header->cmsg_level, type = header->cmsg_type;
    if (level == SOL_SOCKET && (type == SO_TIMESTAMPNS || type == SO_TIMESTAMPING)) {
      struct timespec stamp;
      if (header->cmsg_len < CMSG_LEN(sizeof stamp)) continue;
      memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
      const bool is_sane = stamp.tv_sec > 0 && stamp.tv_sec < INT64_MAX / SECOND - 1 && stamp.tv_nsec >= 0 &&
                           stamp.tv_nsec < SECOND;
      if (is_sane) out->real = to_ns(stamp);
    } else if ((level == IPPROTO_IP && type == IP_TTL) || (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
      int ttl;
      if (header->cmsg_len < CMSG_LEN(sizeof ttl)) continue;
      memcpy(&ttl, CMSG_DATA(header), sizeof ttl);
      out->ttl = (uint8_t)ttl;
    } else if ((level == IPPROTO_IP && type == IP_RECVERR) ||
               (level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
      read_error(header, out);
    }
  }
}
