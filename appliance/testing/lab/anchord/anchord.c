// anchord: the servers of the test network, in one small program.
//   DNS over UDP and TCP (A/AAAA answers, or forwarding) and HTTP/1.1 (204, downloads, uploads).
// usage: anchord dns ADDR A4 AAAA6 [CONTROL]   answers every name with A4 / AAAA6
//        anchord forward ADDR SERVER           DNS forwarder, as in a home router
//        anchord http ADDR PORT                GET /bytes/N, POST (discarded), anything else: 204
// CONTROL is a file, read at each query: "ok", "servfail", "nxdomain", "drop", "slow MS" or "lie A4".
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct in_addr a4;
static struct in6_addr a6;
static const char *control;
static struct sockaddr_storage upstream;
static socklen_t upstream_len;
static void die(const char *s) {
  perror(s);
  exit(1);
}

static int sock(const char *addr, const char *port, int type, struct sockaddr_storage *out,
                socklen_t *outlen) {
  struct addrinfo h = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = type}, *r;
  if (getaddrinfo(addr, port, &h, &r)) {
    fprintf(stderr, "bad address %s\n", addr);
    exit(1);
  }
  if (out) {
    memcpy(out, r->ai_addr, r->ai_addrlen);
    *outlen = r->ai_addrlen;
    freeaddrinfo(r);
    return -1;
  }
  int on = 1, fd = socket(r->ai_family, type | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (r->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, 26 /* IPV6_V6ONLY */, &on, sizeof on);
  if (bind(fd, r->ai_addr, r->ai_addrlen) || (type == SOCK_STREAM && listen(fd, 512))) die(addr);
  freeaddrinfo(r);
  return fd;
}
// Turns a query into its answer in place; returns the length, 0 for no answer.
static int answer(unsigned char *b, int n, int cap) {
  char mode[64] = "ok", lie[40] = "";
  FILE *f;
  struct in_addr v4 = a4;
  int ms = 0;
  if (control && (f = fopen(control, "r"))) {
    if (!fgets(mode, sizeof mode, f)) strcpy(mode, "ok");
    fclose(f);
    mode[strcspn(mode, "\n")] = 0;
  }
  if (!strcmp(mode, "drop") || n < 17) return 0;
  if (sscanf(mode, "slow %d", &ms) == 1) usleep(ms * 1000);
  if (sscanf(mode, "lie %39s", lie) == 1) inet_pton(AF_INET, lie, &v4);
  int q = 12;
  while (q < n && b[q]) q += b[q] + 1;
  if ((q += 5) > n) return 0;
  int type = b[q - 4] << 8 | b[q - 3],
      rc = !strcmp(mode, "servfail")   ? 2
           : !strcmp(mode, "nxdomain") ? 3
                                       : 0,
      len = q;
  b[2] = 0x80 | (b[2] & 1);
  b[3] = 0x80 | rc;
  memset(b + 6, 0, 6);
  int size = type == 1 ? 4 : type == 28 ? 16 : 0;
  if (!rc && size && q + 12 + size <= cap) {
    static const unsigned char rr[] = {0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0};
    memcpy(b + q, rr, 12);
    b[q + 3] = type;
    b[q + 11] = size;
    b[7] = 1;
    memcpy(b + q + 12, type == 1 ? (void *)&v4 : (void *)&a6, size);
    len += 12 + size;
  }
  return len;
}
struct job {
  int fd, n;
  struct sockaddr_storage from;
  socklen_t fl;
  unsigned char b[1500];
};
static void *dns_job(void *arg) {  // one thread a query: slow answers do not queue
  struct job *j = arg;
  int n = 0;
  if (upstream_len) {
    int s = socket(upstream.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){5, 0}, sizeof(struct timeval));
    if (!connect(s, (struct sockaddr *)&upstream, upstream_len) && send(s, j->b, j->n, 0) == j->n)
      n = recv(s, j->b, sizeof j->b, 0);
    close(s);
  } else
    n = answer(j->b, j->n, sizeof j->b);
  if (n > 0) sendto(j->fd, j->b, n, 0, (struct sockaddr *)&j->from, j->fl);
  free(j);
  return NULL;
}
static int full(int fd, void *p, int n) {
  for (int k = 0, r; k < n; k += r)
    if ((r = read(fd, (char *)p + k, n - k)) <= 0) return 0;
  return 1;
}
static void *dns_tcp(void *arg) {
  int fd = (int)(long)arg;
  unsigned char b[1502];
  while (full(fd, b, 2)) {
    int n = b[0] << 8 | b[1];
    if (n > 1500 || !full(fd, b + 2, n) || (n = answer(b + 2, n, 1500)) <= 0) break;
    b[0] = n >> 8;
    b[1] = n;
    if (write(fd, b, n + 2) < 0) break;
  }
  close(fd);
  return NULL;
}
static void *http(void *arg) {
  int fd = (int)(long)arg, n = 0;
  static char zero[65536];
  char b[8192], *e;
  long r;
  while ((r = read(fd, b + n, sizeof b - 1 - n)) > 0) {
    b[n += r] = 0;
    if (!(e = strstr(b, "\r\n\r\n"))) {
      if (n == sizeof b - 1) break;
      continue;
    }
    long long bytes = 0, body = 0, have = n - (e + 4 - b);
    char *cl = strcasestr(b, "\r\ncontent-length:");
    if (cl && cl < e) body = atoll(cl + 17);
    if (strcasestr(b, "expect: 100-continue")) r = write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    int get = sscanf(b, "GET /bytes/%lld", &bytes) == 1, head;
    for (long long left = body - have; left > 0; left -= r)
      if ((r = read(fd, b, left < (long long)sizeof b ? left : (long long)sizeof b)) <= 0) goto end;
    head =
        get ? snprintf(
                  b, sizeof b,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n",
                  bytes)
            : snprintf(b, sizeof b, "HTTP/1.1 204 No Content\r\n\r\n");
    if (write(fd, b, head) < 0) break;
    for (; bytes > 0; bytes -= r)
      if ((r = write(fd, zero, bytes < 65536 ? bytes : 65536)) <= 0) goto end;
    n = 0;
  }
end:
  close(fd);
  return NULL;
}
static void spawn(void *(*f)(void *), void *arg) {
  pthread_t t;
  pthread_attr_t at;
  pthread_attr_init(&at);
  pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&at, 131072);
  if (pthread_create(&t, &at, f, arg)) perror("pthread_create");
}
struct acc {
  int fd;
  void *(*f)(void *);
};
static void *accept_loop(void *arg) {
  struct acc *a = arg;
  for (;;) {
    int c = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC);
    if (c >= 0)
      spawn(a->f, (void *)(long)c);
    else
      usleep(1000);
  }
  return NULL;
}
int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc < 4) {
    fprintf(stderr, "usage: anchord dns|forward|http ADDR ...\n");
    return 1;
  }
  if (!strcmp(argv[1], "http")) {
    struct acc a = {sock(argv[2], argv[3], SOCK_STREAM, NULL, NULL), http};
    accept_loop(&a);
  }
  if (!strcmp(argv[1], "forward"))
    sock(argv[3], "53", SOCK_DGRAM, &upstream, &upstream_len);
  else {
    if (argc < 5 || !inet_pton(AF_INET, argv[3], &a4) || !inet_pton(AF_INET6, argv[4], &a6)) return 1;
    control = argv[5];
    static struct acc a;
    a = (struct acc){sock(argv[2], "53", SOCK_STREAM, NULL, NULL), dns_tcp};
    spawn(accept_loop, &a);
  }
  int fd = sock(argv[2], "53", SOCK_DGRAM, NULL, NULL);
  for (;;) {
    struct job *j = malloc(sizeof *j);
    j->fd = fd;
    j->fl = sizeof j->from;
    if ((j->n = recvfrom(fd, j->b, sizeof j->b, 0, (struct sockaddr *)&j->from, &j->fl)) > 0)
      spawn(dns_job, j);
    else
      free(j);
  }
}
