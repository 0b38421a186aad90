// What the parts of linksim share: links, their settings and the packets on their way. See ../README.md.
#pragma once
#define _GNU_SOURCE
#include <netinet/in.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>

typedef int64_t ns_t;
enum { SEC = 1000000000, BATCH = 32, MAXPKT = 65536 + 64, MAXLINK = 32 };

// Every setting is a number, so that a script can ramp any of them.
enum kind { K_TIME, K_PROB, K_RATE, K_BYTES, K_NUM, K_DIST, K_FLAG };
enum par {
  DELAY,
  JITTER,
  DIST,
  FREE,
  LOSS,
  GE_P,
  GE_R,
  GE_BAD,
  DUP,
  REORDER,
  HOLD,
  RATE,
  QUEUE,
  OVERHEAD,
  MTU,
  UPTIME,
  DOWNTIME,
  DOWN,
  CARRIER,
  NPAR
};

struct port {
  int fd, ifindex;
  char name[IFNAMSIZ];
};
struct ramp {
  double from, to;
  ns_t t0, t1;
};
struct dir {
  struct port *in, *out;
  char name[24];
  double v[NPAR];
  struct ramp ramp[NPAR];
  int ramps, bad, flapped;
  ns_t busy, last, flap_at;  // transmitter free; last release; next flap
  uint64_t rng[4];
  struct in_addr icmp4;
  struct in6_addr icmp6;
  uint64_t n_in, n_out, n_loss, n_burst, n_queue, n_down, n_mtu, n_dup, n_late, bytes;
};
struct link {
  struct dir d[2];
  struct port p[2];
  char name[16];
};
struct pkt {
  struct dir *d;
  ns_t arr, due, real;
  uint32_t len;
  uint8_t data[];
};
struct act {
  ns_t t, over;
  char *cmd;
};

extern struct link links[MAXLINK];
extern int nlinks, nacts, nextact, quit_now, log_packets;
extern struct act *acts;
extern ns_t t_start, spin;
extern FILE *logf_;
extern const char *log_only;  // the one link whose packets are logged; NULL: all

// clock.c: time, random numbers and the queue of packets that wait for their release
ns_t clk(clockid_t c);
ns_t now_mono(void);
void die(const char *f, ...) __attribute__((noreturn, format(printf, 1, 2)));
double rnd(struct dir *d);
int hit(struct dir *d, double p);
void rng_seed(uint64_t *s, uint64_t x);
double jitter(struct dir *d);
void push(ns_t t, struct pkt *p);
struct pkt *pop(void);
const struct pkt *peek(ns_t *t);

// log.c: the ground truth
void note(const char *who, const char *f, ...) __attribute__((format(printf, 2, 3)));
void log_pkt(struct pkt *p, const char *verdict, ns_t sent);

// path.c: one packet's way through a direction
void step_ramps(struct dir *d, ns_t now);
void step_flap(struct dir *d, ns_t now);
void release(ns_t now);
void receive(struct dir *d);

// settings.c: commands and scripts
int parse_val(enum kind k, const char *s, double *v);
void show(FILE *o);
const char *run(char *line, ns_t now, ns_t over, FILE *out);
