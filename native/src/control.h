// What the kernel says beside a datagram: receive time, hop limit, and the reason of an error.
#ifndef IST_CONTROL_H
#define IST_CONTROL_H
#include "destination.h"

enum error_origin { ORIGIN_NONE, ORIGIN_LOCAL, ORIGIN_ICMP, ORIGIN_TRANSMIT };

struct control {
  int64_t real; // kernel stamp, CLOCK_REALTIME ns; 0: none
  uint8_t ttl;
  enum error_origin origin;
  int error;
  uint8_t type;
  uint8_t code;
  uint32_t info; // next-hop MTU
  uint32_t data; // key of a transmit stamp
  struct address offender;
};

void control_parse(const struct msghdr *message, struct control *out);
#endif
