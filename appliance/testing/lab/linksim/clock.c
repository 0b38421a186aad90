// Time, random numbers, and the queue of packets ordered by the moment of their release.
#include "linksim.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

struct ev {
  ns_t t;
  uint64_t seq;
  struct pkt *p;
};
static struct ev *heap;
static size_t nheap, capheap;
static uint64_t evseq;

ns_t clk(clockid_t c) {
  struct timespec t;
  clock_gettime(c, &t);
  return (ns_t)t.tv_sec * SEC + t.tv_nsec;
}
ns_t now_mono(void) { return clk(CLOCK_MONOTONIC); }
void die(const char *f, ...) {
  va_list a;
  va_start(a, f);
  fprintf(stderr, "linksim: ");
  vfprintf(stderr, f, a);
  fputc('\n', stderr);
  exit(1);
}

// One xoshiro256** stream per direction: the same seed gives the same decisions.
static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }
static uint64_t rnd64(uint64_t *s) {
  uint64_t r = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  return r;
}
double rnd(struct dir *d) { return (rnd64(d->rng) >> 11) * 0x1p-53; }
int hit(struct dir *d, double p) { return p > 0 && rnd(d) < p; }
void rng_seed(uint64_t *s, uint64_t x) {
  for (int i = 0; i < 4; i++) {
    uint64_t z = (x += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    s[i] = z ^ z >> 31;
  }
}
// Jitter: `jitter` is the half width (uniform), sigma (normal) or mean (exp, pareto).
double jitter(struct dir *d) {
  double j = d->v[JITTER], u = 1 - rnd(d);
  if (j <= 0) return 0;
  switch ((int)d->v[DIST]) {
    case 0:
      return j * (2 * u - 1);
    case 1:
      return j * sqrt(-2 * log(u)) * cos(2 * M_PI * rnd(d));
    case 2:
      return -j * log(u);
    default:
      return j * 0.5 * (pow(u, -1 / 1.5) - 1);  // Lomax, alpha 1.5, mean j
  }
}

static int before(struct ev a, struct ev b) { return a.t != b.t ? a.t < b.t : a.seq < b.seq; }
void push(ns_t t, struct pkt *p) {
  if (nheap == capheap && !(heap = realloc(heap, (capheap = capheap ? 2 * capheap : 1024) * sizeof *heap)))
    die("no memory");
  struct ev e = {t, evseq++, p};
  size_t i = nheap++;
  for (; i && before(e, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
  heap[i] = e;
}
struct pkt *pop(void) {
  struct pkt *p = heap[0].p;
  struct ev e = heap[--nheap];
  size_t i = 0;
  for (size_t c; (c = 2 * i + 1) < nheap; i = c) {
    if (c + 1 < nheap && before(heap[c + 1], heap[c])) c++;
    if (!before(heap[c], e)) break;
    heap[i] = heap[c];
  }
  heap[i] = e;
  return p;
}

// The packet that is due next and when; NULL when none waits.
const struct pkt *peek(ns_t *t) {
  if (!nheap) return NULL;
  *t = heap[0].t;
  return heap[0].p;
}
