#include "../src/neighbours.h"
#include "expect.h"
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static const uint8_t mac[] = {0x02, 0xfc, 0, 0, 0, 5};
static const uint8_t v4[] = {192, 168, 77, 1};
static const uint8_t v6[16] = {0xfe, 0x80, [15] = 1};

static size_t put_header(uint8_t *out, uint16_t type, size_t length) {
  const struct nlmsghdr header = {.nlmsg_len = (uint32_t)length, .nlmsg_type = type};
  memcpy(out, &header, sizeof header);
  return length;
}

static size_t put_attribute(uint8_t *out, uint16_t type, const void *payload, size_t size) {
  const struct rtattr attribute = {.rta_len = (uint16_t)(sizeof attribute + size), .rta_type = type};
  memset(out, 0, RTA_SPACE(size));
  memcpy(out, &attribute, sizeof attribute);
  if (size > 0) memcpy(out + sizeof attribute, payload, size);
  return RTA_SPACE(size);
}

static size_t put_entry(uint8_t *out, const struct ndmsg *entry, const uint8_t *address, size_t address_size,
                        size_t link_size) {
  static const uint8_t link[64] = {0x02, 0xfc, 0, 0, 0, 5};
  size_t at = sizeof(struct nlmsghdr);
  memcpy(out + at, entry, sizeof *entry);
  at += NLMSG_ALIGN(sizeof *entry);
  at += put_attribute(out + at, NDA_DST, address, address_size);
  if (link_size > 0) at += put_attribute(out + at, NDA_LLADDR, link, link_size);
  at += put_attribute(out + at, NDA_PROBES, "\0\0\0\0", 4);
  return put_header(out, RTM_NEWNEIGH, at);
}

static const struct ndmsg reachable4 = {.ndm_family = AF_INET, .ndm_ifindex = 3, .ndm_state = NUD_REACHABLE};
static const struct ndmsg router6 = {
    .ndm_family = AF_INET6, .ndm_ifindex = 4, .ndm_state = NUD_STALE, .ndm_flags = NTF_ROUTER};

static void a_dump_gives_the_entries_of_both_families(void) {
  uint8_t bytes[512];
  struct neighbour entries[4];
  size_t count = 0;
  size_t length = put_entry(bytes, &reachable4, v4, 4, 6);
  length += put_entry(bytes + length, &router6, v6, 16, 0);
  EXPECT(neighbours_parse(bytes, length, entries, 4, &count) == NEIGHBOURS_MORE && count == 2);
  EXPECT(entries[0].family == 4 && memcmp(entries[0].address, v4, 4) == 0);
  EXPECT(entries[0].interface_index == 3 && entries[0].state == NUD_REACHABLE);
  EXPECT(entries[0].link_length == 6 && memcmp(entries[0].link, mac, 6) == 0);
  EXPECT(entries[1].family == 6 && memcmp(entries[1].address, v6, 16) == 0);
  EXPECT(entries[1].flags == NTF_ROUTER && entries[1].link_length == 0);
  length = put_header(bytes, NLMSG_DONE, 20);
  EXPECT(neighbours_parse(bytes, length, entries, 4, &count) == NEIGHBOURS_DONE && count == 2);
}

static void what_does_not_fit_is_left_out(void) {
  uint8_t bytes[512];
  struct neighbour entries[1];
  size_t count = 0;
  size_t length = put_entry(bytes, &reachable4, v4, 4, 6);
  length += put_entry(bytes + length, &reachable4, v4, 4, 6);
  length += put_header(bytes + length, NLMSG_DONE, 20);
  EXPECT(neighbours_parse(bytes, length, entries, 1, &count) == NEIGHBOURS_DONE && count == 1);
}

static void other_families_and_sizes_are_no_neighbours(void) {
  uint8_t bytes[512];
  struct neighbour entries[4];
  size_t count = 0;
  const struct ndmsg bridge = {.ndm_family = AF_BRIDGE, .ndm_ifindex = 3};
  neighbours_parse(bytes, put_entry(bytes, &bridge, v4, 4, 6), entries, 4, &count);
  neighbours_parse(bytes, put_entry(bytes, &reachable4, v6, 16, 6), entries, 4, &count);
  neighbours_parse(bytes, put_entry(bytes, &router6, v4, 4, 6), entries, 4, &count);
  EXPECT(count == 0);
  neighbours_parse(bytes, put_entry(bytes, &reachable4, v4, 4, LINK_ADDRESS_MAX + 1), entries, 4, &count);
  EXPECT(count == 1 && entries[0].link_length == 0);
}

static void a_refusal_is_its_error_number(void) {
  uint8_t bytes[64] = {0};
  struct neighbour entries[1];
  size_t count = 0;
  const int32_t error = -EPERM;
  put_header(bytes, NLMSG_ERROR, 20);
  memcpy(bytes + 16, &error, sizeof error);
  EXPECT(neighbours_parse(bytes, 20, entries, 1, &count) == -EPERM);
  memset(bytes + 16, 0x7f, 4);
  EXPECT(neighbours_parse(bytes, 20, entries, 1, &count) == -EBADMSG);
  put_header(bytes, NLMSG_ERROR, 16);
  EXPECT(neighbours_parse(bytes, 16, entries, 1, &count) == -EBADMSG);
}

static void a_cut_datagram_gives_only_what_is_whole(void) {
  uint8_t bytes[512];
  struct neighbour entries[4];
  const size_t one = put_entry(bytes, &reachable4, v4, 4, 6);
  const size_t two = one + put_entry(bytes + one, &router6, v6, 16, 6);
  for (size_t cut = 0; cut <= two; cut += 1) {
    size_t count = 0;
    neighbours_parse(bytes, cut, entries, 4, &count);
    EXPECT(count == (size_t)(cut >= one) + (size_t)(cut >= two));
  }
}

static void the_own_tables_can_be_read_without_privilege(void) {
  static struct neighbour entries[NEIGHBOURS_MAX];
  const int count = neighbours_read(entries, NEIGHBOURS_MAX);
  EXPECT(count >= 0);
  for (int i = 0; i < count; i += 1) EXPECT(entries[i].family == 4 || entries[i].family == 6);
}

int main(void) {
  a_dump_gives_the_entries_of_both_families();
  what_does_not_fit_is_left_out();
  other_families_and_sizes_are_no_neighbours();
  a_refusal_is_its_error_number();
  a_cut_datagram_gives_only_what_is_whole();
  the_own_tables_can_be_read_without_privilege();
  return failures;
}
