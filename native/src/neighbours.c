#include "neighbours.h"
#include <errno.h>
#include <limits.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// The attributes behind a struct ndmsg, of which two say something here. False without an address that fits.
static bool parse_attributes(const uint8_t *bytes, size_t length, struct neighbour *out) {
  const size_t address_bytes = out->family == 4 ? 4 : 16;
  bool has_address = false;
  while (length >= sizeof(struct rtattr)) {
    struct rtattr attribute;
    memcpy(&attribute, bytes, sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > length) break;
    const uint8_t *payload = bytes + sizeof attribute;
    const size_t size = attribute.rta_len - sizeof attribute;
    if (attribute.rta_type == NDA_DST && size == address_bytes) {
      memcpy(out->address, payload, size);
      has_address = true;
    } else if (attribute.rta_type == NDA_LLADDR && size <= sizeof out->link) {
      memcpy(out->link, payload, size);
      out->link_length = (uint8_t)size;
    }
    const size_t step = RTA_ALIGN((size_t)attribute.rta_len);
    if (step >= length) break;
    bytes += step;
    length -= step;
  }
  return has_address;
}

static bool parse_entry(const uint8_t *bytes, size_t length, struct neighbour *out) {
  struct ndmsg entry;
  if (length < NLMSG_ALIGN(sizeof entry)) return false;
  memcpy(&entry, bytes, sizeof entry);
  // Other families are in the same dump: bridges keep theirs as AF_BRIDGE.
  if (entry.ndm_family != AF_INET && entry.ndm_family != AF_INET6) return false;
  memset(out, 0, sizeof *out);
  out->family = entry.ndm_family == AF_INET ? 4 : 6;
  out->interface_index = (uint32_t)entry.ndm_ifindex;
  out->state = entry.ndm_state;
  out->flags = entry.ndm_flags;
  return parse_attributes(bytes + NLMSG_ALIGN(sizeof entry), length - NLMSG_ALIGN(sizeof entry), out);
}

static int parse_error(const uint8_t *bytes, size_t length) {
  int32_t error;
  if (length < sizeof error) return -EBADMSG;
  memcpy(&error, bytes, sizeof error);
  return error < 0 && error > -4096 ? error : -EBADMSG; // the kernel's errnos end at 4095
}

int neighbours_parse(const uint8_t *bytes, size_t length, struct neighbour *out, size_t capacity,
                     size_t *count) {
  while (length >= sizeof(struct nlmsghdr)) {
    struct nlmsghdr header;
    memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > length) return -EBADMSG;
    const uint8_t *payload = bytes + sizeof header;
    const size_t size = header.nlmsg_len - sizeof header;
    if (header.nlmsg_type == NLMSG_DONE) return NEIGHBOURS_DONE;
    if (header.nlmsg_type == NLMSG_ERROR) return parse_error(payload, size);
    struct neighbour entry;
    if (header.nlmsg_type == RTM_NEWNEIGH && *count < capacity && parse_entry(payload, size, &entry)) {
      out[*count] = entry;
      *count += 1;
    }
    const size_t step = NLMSG_ALIGN((size_t)header.nlmsg_len);
    if (step >= length) break;
    bytes += step;
    length -= step;
  }
  return NEIGHBOURS_MORE;
}

static int request_dump(int fd) {
  struct {
    struct nlmsghdr header;
    struct ndmsg entry;
  } request = {
      .header = {.nlmsg_len = sizeof request,
                 .nlmsg_type = RTM_GETNEIGH,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                 .nlmsg_seq = 1},
      .entry = {.ndm_family = AF_UNSPEC},
  };
  const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  const ssize_t sent =
      sendto(fd, &request, sizeof request, 0, (const struct sockaddr *)&kernel, sizeof kernel);
  return sent < 0 ? -errno : 0;
}

static int read_dump(int fd, struct neighbour *out, size_t capacity, size_t *count) {
  uint8_t bytes[32768]; // the most the kernel puts into one datagram of a dump
  for (;;) {
    struct sockaddr_nl from = {0};
    socklen_t size = sizeof from;
    const ssize_t length = recvfrom(fd, bytes, sizeof bytes, MSG_TRUNC, (struct sockaddr *)&from, &size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -errno;
    if ((size_t)length > sizeof bytes) return -EMSGSIZE;
    if (from.nl_pid != 0) continue; // any process may send to this socket; only the kernel is believed
    const int result = neighbours_parse(bytes, (size_t)length, out, capacity, count);
    if (result != NEIGHBOURS_MORE) return result;
  }
}

int neighbours_read(struct neighbour *out, size_t capacity) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  // The kernel answers within the call; the limit is there so that nothing can ever hold the event loop.
  const struct timeval limit = {.tv_usec = 100000};
  size_t count = 0;
  int result = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 ? 0 : -errno;
  if (result == 0) result = request_dump(fd);
  if (result == 0) result = read_dump(fd, out, capacity, &count);
  close(fd);
  if (result < 0) return result;
  return count > INT_MAX ? INT_MAX : (int)count;
}
