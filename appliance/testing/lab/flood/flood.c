// flood: sends random and half-right ICMP packets at a host, as fast as asked, to try the parsers behind its
// sockets. usage: flood DESTINATION PACKETS-PER-SECOND SECONDS SEED ECHO-ID PROBED-ADDRESS ECHO-ID is the one
// that the victim listens to, PROBED-ADDRESS one that it sends to: errors quote it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t state;
static uint32_t rnd(void) {  // splitmix64
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return (uint32_t)(z ^ z >> 31);
}
static uint16_t csum(const uint8_t *p, size_t n) {
  uint32_t s = 0;
  for (; n > 1; p += 2, n -= 2) s += (uint32_t)(p[0] << 8 | p[1]);
  if (n) s += (uint32_t)(p[0] << 8);
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return (uint16_t)~s;
}
int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  struct in_addr probed;
  if (argc != 7 || inet_pton(AF_INET, argv[6], &probed) != 1 ||
      inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
    return 2;
  long rate = atol(argv[2]), seconds = atol(argv[3]), sent = 0;
  state = strtoull(argv[4], NULL, 10);
  unsigned id = (unsigned)atol(argv[5]);
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0 || rate < 100) return perror("socket"), 1;
  // Types that an engine listens to: echo reply, unreachable, time exceeded, parameter problem; and any
  // other.
  static const uint8_t types[] = {0, 0, 0, 3, 11, 12};
  for (long tick = 0; tick < seconds * 100; tick++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < rate / 100; i++) {
      uint8_t b[1400];
      size_t n = 8 + rnd() % (rnd() % 8 ? 120 : 1392);
      for (size_t k = 0; k < n; k++) b[k] = (uint8_t)rnd();
      if (rnd() % 8) b[0] = types[rnd() % sizeof types];
      if (b[0] == 8) b[0] = 0;  // no echo requests: their replies would load the client's cable
      if (rnd() % 4) b[1] = rnd() % 16;
      // Half of them get past a filter on the id: echo replies carry it, errors quote a packet that does.
      size_t at = b[0] == 3 || b[0] == 11 || b[0] == 12 ? 32 : 4;
      if (rnd() % 2 && n >= at + 4) {
        b[at] = (uint8_t)(id >> 8), b[at + 1] = (uint8_t)id;
        if (at == 32) {
          b[8] = 0x45, b[17] = 1, b[28] = 8;
          memcpy(b + 24, &probed, 4);
        }
      }
      if (rnd() % 8) {
        b[2] = b[3] = 0;
        uint16_t c = csum(b, n);
        b[2] = (uint8_t)(c >> 8), b[3] = (uint8_t)c;
      }
      if (sendto(fd, b, n, 0, (struct sockaddr *)&to, sizeof to) >= 0) sent++;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    long used = (end.tv_sec - start.tv_sec) * 1000000L + (end.tv_nsec - start.tv_nsec) / 1000;
    if (used < 10000) usleep((useconds_t)(10000 - used));
  }
  printf("%ld\n", sent);
  return 0;
}
