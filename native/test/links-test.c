#include "../src/links.h"
#include "expect.h"
#include <linux/rtnetlink.h>
#include <string.h>

static size_t put(uint8_t *out, uint16_t type, uint32_t length) {
  const struct nlmsghdr header = {.nlmsg_len = length, .nlmsg_type = type};
  memset(out, 0, NLMSG_ALIGN(length));
  memcpy(out, &header, sizeof header);
  return NLMSG_ALIGN(length);
}

int main(void) {
  uint8_t bytes[256];
  size_t length = put(bytes, RTM_NEWLINK, 33);
  length += put(bytes + length, RTM_DELADDR, 24);
  length += put(bytes + length, RTM_NEWNEIGH, 24);
  length += put(bytes + length, RTM_DELROUTE, 16);
  EXPECT(links_parse(bytes, length) == (NEWS_LINK | NEWS_ADDRESS | NEWS_ROUTE));
  EXPECT(links_parse(bytes, 15) == 0);
  EXPECT(links_parse(bytes, 36) == NEWS_LINK); // without room for the second
  put(bytes, RTM_NEWLINK, 16);
  bytes[0] = 4; // claims to be shorter than its own header
  EXPECT(links_parse(bytes, 16) == 0);
  return failures;
}
