// Where a packet goes and by which way: address, port, hop limit, interface, source.
#ifndef IST_DESTINATION_H
#define IST_DESTINATION_H
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
  uint8_t family; // 4 or 6; 0: none
  uint8_t bytes[16];
  uint32_t scope;
};

union socket_name {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

struct destination {
  struct address address;
  struct address source;
  uint16_t port;
  uint8_t ttl;              // 0: the system's
  char interface[IFNAMSIZ]; // empty: by the routing table
  bool is_stamped;          // ask for the kernel's transmit stamp
  // Prepared for sendmsg.
  union socket_name name;
  socklen_t name_length;
  uint32_t control_length;
  bool is_interface_missing;
  _Alignas(8) uint8_t control[96];
};

bool address_parse(const char *text, struct address *out);
struct address address_of(const union socket_name *name);
bool address_equals(const struct address *a, const struct address *b);
socklen_t address_to_name(const struct address *address, uint16_t port, union socket_name *out);
// Looks the interface up and fills name and control. Call again when links changed: indexes are not reused.
void destination_prepare(struct destination *destination);
// A non-blocking socket bound to interface and source, with hop limit and error queue; -errno on failure.
int destination_socket(const struct destination *destination, int type, uint16_t source_port);
#endif
