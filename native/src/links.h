// News from the kernel about links, addresses and routes (rtnetlink).
#ifndef IST_LINKS_H
#define IST_LINKS_H
#include <stddef.h>
#include <stdint.h>

enum link_news { NEWS_LINK = 1, NEWS_ADDRESS = 2, NEWS_ROUTE = 4 };

// Which kinds of news a netlink datagram holds; malformed ones hold none.
uint32_t links_parse(const uint8_t *bytes, size_t length);
// A socket that hears of changes, non-blocking; -errno on failure.
int links_open(void);
// Reads all that waits. News lost to a full buffer count as every kind.
uint32_t links_read(int fd);
#endif
