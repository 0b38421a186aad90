#include "destination.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool address_parse(const char *text, struct address *out) {
  char bare[INET6_ADDRSTRLEN];
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, text, out->bytes) == 1) {
    out->family = 4;
    return true;
  }
  const char *zone = strchr(text, '%');
  const size_t length = zone ? (size_t)(zone - text) : strlen(text);
  if (length >= sizeof bare) return false;
  memcpy(bare, text, length);
  bare[length] = 0;
  if (inet_pton(AF_INET6, bare, out->bytes) != 1) return false;
  out->family = 6;
  if (!zone) return true;
  out->scope = if_nametoindex(zone + 1);
  if (out->scope == 0) out->scope = (uint32_t)strtoul(zone + 1, NULL, 10);
  return true;
}

struct address address_of(const union socket_name *name) {
  struct address out = {0};
  if (name->any.sa_family == AF_INET) {
    out.family = 4;
    memcpy(out.bytes, &name->v4.sin_addr, 4);
  } else if (name->any.sa_family == AF_INET6) {
    out.family = 6;
    memcpy(out.bytes, &name->v6.sin6_addr, 16);
    out.scope = name->v6.sin6_scope_id;
  }
  return out;
}

bool address_equals(const struct address *a, const struct address *b) {
  return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

socklen_t address_to_name(const struct address *address, uint16_t port, union socket_name *out) {
  memset(out, 0, sizeof *out);
  if (address->family == 4) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    memcpy(&out->v4.sin_addr, address->bytes, 4);
    return sizeof out->v4;
  }
  out->v6.sin6_family = AF_INET6;
  out->v6.sin6_port = htons(port);
  out->v6.sin6_scope_id = address->scope;
  memcpy(&out->v6.sin6_addr, address->bytes, 16);
  return sizeof out->v6;
}

static void add_control(struct destination *destination, int level, int type, const void *data, size_t size) {
  struct cmsghdr *header = (struct cmsghdr *)(void *)(destination->control + destination->control_length);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(header), data, size);
  destination->control_length += (uint32_t)CMSG_SPACE(size);
}

void destination_prepare(struct destination *destination) {
  const bool is_v4 = destination->address.family == 4;
  // ICMP sockets take no port; a port in the name of a raw IPv6 socket would be a protocol number.
  destination->name_length = address_to_name(&destination->address, 0, &destination->name);
  memset(destination->control, 0, sizeof destination->control);
  destination->control_length = 0;
  const uint32_t index = destination->interface[0] ? if_nametoindex(destination->interface) : 0;
  destination->is_interface_missing = destination->interface[0] && index == 0;
  if (destination->ttl) {
    const int ttl = destination->ttl;
    if (is_v4)
      add_control(destination, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    else
      add_control(destination, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof ttl);
  }
  if (destination->is_stamped) {
    const uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;
    add_control(destination, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
  }
  if (index == 0 && destination->source.family == 0) return;
  // A control message instead of SO_BINDTODEVICE, so that all targets share one socket; the route lookup is
  // the same.
  if (is_v4) {
    struct in_pktinfo info = {.ipi_ifindex = (int)index};
    if (destination->source.family == 4) memcpy(&info.ipi_spec_dst, destination->source.bytes, 4);
    add_control(destination, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else {
    struct in6_pktinfo info = {.ipi6_ifindex = index};
    if (destination->source.family == 6) memcpy(&info.ipi6_addr, destination->source.bytes, 16);
    add_control(destination, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
}

int destination_socket(const struct destination *destination, int type, uint16_t source_port) {
  const bool is_v4 = destination->address.family == 4;
  const int on = 1;
  const int fd = socket(is_v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (is_v4) {
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  } else {
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
  }
  const int ttl = destination->ttl;
  if (ttl)
    setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_TTL : IPV6_UNICAST_HOPS, &ttl, sizeof ttl);
  bool is_bad =
      destination->interface[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, destination->interface,
                                              (socklen_t)strlen(destination->interface)) != 0;
  if (!is_bad && (destination->source.family || source_port)) {
    union socket_name name;
    struct address source = destination->source;
    source.family = destination->address.family;
    const socklen_t length = address_to_name(&source, source_port, &name);
    is_bad = bind(fd, &name.any, length) != 0;
  }
  if (!is_bad) return fd;
  const int error = errno;
  close(fd);
  return -error;
}
