// The input is the control buffer of a received message. The kernel writes it aligned and with an honest
// total length.
#include "../src/control.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  _Alignas(8) uint8_t aligned[512];
  if (length > sizeof aligned) length = sizeof aligned;
  memcpy(aligned, bytes, length);
  // glibc's CMSG_NXTHDR trusts the length of each header; the kernel never writes one beyond the buffer.
  for (size_t at = 0; at + sizeof(struct cmsghdr) <= length;) {
    struct cmsghdr header;
    memcpy(&header, aligned + at, sizeof header);
    if (header.cmsg_len < sizeof header || header.cmsg_len > length - at) return 0;
    at += CMSG_ALIGN(header.cmsg_len);
  }
  const struct msghdr message = {.msg_control = aligned, .msg_controllen = length};
  struct control control;
  control_parse(&message, &control);
  return 0;
}
