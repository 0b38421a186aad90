// The kernel's neighbour tables: ARP and IPv6 neighbour discovery (rtnetlink).
#ifndef IST_NEIGHBOURS_H
#define IST_NEIGHBOURS_H
#include <stddef.h>
#include <stdint.h>

// The kernel itself keeps at most 1024 entries a family unless someone raised gc_thresh3.
enum { NEIGHBOURS_MAX = 2048, LINK_ADDRESS_MAX = 32 };

struct neighbour {
  uint32_t interface_index;
  uint16_t state; // NUD_*
  uint8_t flags;  // NTF_*
  uint8_t family; // 4 or 6
  uint8_t address[16];
  uint8_t link_length; // 0 while the link-layer address is not known
  uint8_t link[LINK_ADDRESS_MAX];
};

enum { NEIGHBOURS_DONE = 0, NEIGHBOURS_MORE = 1 };

// Adds what one datagram of a dump holds to `out`, of which `*count` are taken; what does not fit is left
// out. NEIGHBOURS_MORE while the dump goes on, NEIGHBOURS_DONE at its end, -errno when the kernel refused.
int neighbours_parse(const uint8_t *bytes, size_t length, struct neighbour *out, size_t capacity,
                     size_t *count);
// Reads both tables; the number of entries, or -errno. Needs no privilege.
int neighbours_read(struct neighbour *out, size_t capacity);
#endif
