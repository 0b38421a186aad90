// Throws ICMP at whoever pings on this machine: learns a pinger's packet, then sends broken replies and
// errors to it. storm PACKETS-PER-SECOND SECONDS   Needs CAP_NET_RAW. Prints how many were sent.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 256 };
static uint64_t state = 42;

static uint32_t next(uint32_t bound) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(state >> 33) % bound;
}

// Waits for an echo request on loopback and copies it, IP header included.
static ssize_t learn(int fd, uint8_t *packet) {
  for (int i = 0; i < 1000; i += 1) {
    const ssize_t length = recv(fd, packet, PACKET_MAX, 0);
    if (length < 0) return -1;
    if (length >= 28 + 16 && packet[20] == 8) return length;
  }
  return -1;
}

static size_t spoil(const uint8_t *request, size_t length, uint8_t *out) {
  static const uint8_t types[] = {0, 0, 0, 3, 11, 12};
  const uint8_t type = types[next(sizeof types)];
  size_t size = length - 20;
  if (type == 0) {
    memcpy(out, request + 20, size);
  } else {
    memset(out, 0, 8);
    memcpy(out + 8, request, length);
    size = length + 8;
  }
  out[0] = type;
  if (next(4) == 0) size = 8 + next((uint32_t)size - 8);
  // Never the whole truth: what is sent must not match an exchange.
  const size_t first = type == 0 ? 8 : 8 + 20 + 8;
  for (size_t i = first; i < size && i < first + 16; i += 1) out[i] ^= (uint8_t)(1 + next(255));
  if (type != 0 && size > 8 + 26) out[8 + 26] ^= (uint8_t)(0x40 + next(64));
  for (uint32_t edits = next(4); edits && size > 8; edits -= 1)
    out[8 + next((uint32_t)size - 8)] = (uint8_t)next(256);
  return size;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const long rate = strtol(arguments[1], NULL, 10), seconds = strtol(arguments[2], NULL, 10);
  const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (fd < 0 || rate < 1000) return 3;
  const struct timeval patience = {.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  uint8_t request[PACKET_MAX], packet[2 * PACKET_MAX];
  const ssize_t length = learn(fd, request);
  if (length < 0) return 4;
  struct sockaddr_in to = {.sin_family = AF_INET};
  memcpy(&to.sin_addr, request + 12, 4);
  const struct timespec tick = {.tv_nsec = 1000000};
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  long sent = 0;
  for (;;) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long passed = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (passed >= seconds * 1000) break;
    for (; sent < passed * rate / 1000; sent += 1) {
      const size_t size = spoil(request, (size_t)length, packet);
      uint32_t sum = 0;
      packet[2] = packet[3] = 0;
      for (size_t i = 0; i < size; i += 1) sum += (uint32_t)packet[i] << (i % 2 ? 0 : 8);
      while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
      packet[2] = (uint8_t)(~sum >> 8);
      packet[3] = (uint8_t)~sum;
      sendto(fd, packet, size, 0, (const struct sockaddr *)&to, sizeof to);
    }
    nanosleep(&tick, NULL);
  }
  printf("%ld\n", sent);
  return 0;
}
