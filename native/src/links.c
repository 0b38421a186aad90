#include "links.h"
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint32_t links_parse(const uint8_t *bytes, size_t length) {
  uint32_t news = 0;
  while (length >= sizeof(struct nlmsghdr)) {
    struct nlmsghdr header;
    memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > length) break;
    switch (header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      news |= NEWS_LINK;
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      news |= NEWS_ADDRESS;
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      news |= NEWS_ROUTE;
      break;
    default:
      break;
    }
    const size_t step = NLMSG_ALIGN((size_t)header.nlmsg_len);
    if (step >= length) break;
    bytes += step;
    length -= step;
  }
  return news;
}

int links_open(void) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  struct sockaddr_nl name = {.nl_family = AF_NETLINK};
  name.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (bind(fd, (const struct sockaddr *)&name, sizeof name) == 0) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

uint32_t links_read(int fd) {
  uint8_t bytes[8192];
  uint32_t news = 0;
  for (;;) {
    const ssize_t length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length > 0)
      news |= links_parse(bytes, (size_t)length);
    else if (length < 0 && errno == ENOBUFS)
      news |= NEWS_LINK | NEWS_ADDRESS | NEWS_ROUTE;
    else if (length < 0 && errno == EINTR)
      continue;
    else
      return news;
  }
}
