// Commands: what a script line or a control message may say, and what it sets.
#include "linksim.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const struct {
  const char *name;
  enum kind kind;
  double def;
} pars[NPAR] = {
    [DELAY] = {"delay", K_TIME, 0},       [JITTER] = {"jitter", K_TIME, 0},      [DIST] = {"dist", K_DIST, 1},
    [FREE] = {"free", K_FLAG, 0},         [LOSS] = {"loss", K_PROB, 0},          [GE_P] = {"ge_p", K_PROB, 0},
    [GE_R] = {"ge_r", K_PROB, 1},         [GE_BAD] = {"ge_bad", K_PROB, 1},      [DUP] = {"dup", K_PROB, 0},
    [REORDER] = {"reorder", K_PROB, 0},   [HOLD] = {"hold", K_TIME, 5e6},        [RATE] = {"rate", K_RATE, 0},
    [QUEUE] = {"queue", K_BYTES, 262144}, [OVERHEAD] = {"overhead", K_BYTES, 0}, [MTU] = {"mtu", K_BYTES, 0},
    [UPTIME] = {"uptime", K_TIME, 0},     [DOWNTIME] = {"downtime", K_TIME, 0},  [DOWN] = {"down", K_FLAG, 0},
    [CARRIER] = {"carrier", K_FLAG, 1},
};
static const char *dists[] = {"uniform", "normal", "exp", "pareto"};
static uint64_t seed = 1;

static int num(const char *s, double *v, const char **unit) {
  char *e;
  *v = strtod(s, &e);
  *unit = e;
  return e != s;
}
int parse_val(enum kind k, const char *s, double *v) {
  const char *u;
  static const struct {
    enum kind k;
    const char *u;
    double f;
  } units[] = {{K_TIME, "ns", 1},     {K_TIME, "us", 1e3},   {K_TIME, "ms", 1e6}, {K_TIME, "s", 1e9},
               {K_TIME, "m", 60e9},   {K_TIME, "h", 3600e9}, {K_RATE, "bit", 1},  {K_RATE, "kbit", 1e3},
               {K_RATE, "mbit", 1e6}, {K_RATE, "gbit", 1e9}, {K_BYTES, "k", 1e3}, {K_BYTES, "M", 1e6},
               {K_BYTES, "kB", 1e3},  {K_BYTES, "MB", 1e6},  {K_PROB, "%", 0.01}};
  if (k == K_DIST) {
    for (int i = 0; i < 4; i++)
      if (!strcmp(s, dists[i])) {
        *v = i;
        return 1;
      }
    return 0;
  }
  if (k == K_FLAG) {
    *v = !strcmp(s, "on") || !strcmp(s, "1");
    return *v || !strcmp(s, "off") || !strcmp(s, "0");
  }
  if (!num(s, v, &u) || *v < 0) return 0;
  if (!*u) return k != K_TIME || *v == 0;  // a time needs its unit
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (units[i].k == k && !strcmp(units[i].u, u)) {
      *v *= units[i].f;
      return 1;
    }
  return 0;
}
static int set_carrier(struct port *p, int on) {
  struct ifreq r = {0};
  strcpy(r.ifr_name, p->name);
  if (ioctl(p->fd, SIOCGIFFLAGS, &r) < 0) return -1;
  r.ifr_flags = on ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP;
  return ioctl(p->fd, SIOCSIFFLAGS, &r);
}
static void put(struct dir *d, int i, double val, ns_t over, ns_t now) {
  step_ramps(d, now);
  if (d->ramp[i].t1) {
    d->ramp[i].t1 = 0;
    d->ramps--;
  }
  if (over > 0) {
    d->ramp[i] = (struct ramp){d->v[i], val, now, now + over};
    d->ramps++;
  } else
    d->v[i] = val;
  if (i == CARRIER) {
    set_carrier(d->in, val);
    set_carrier(d->out, val);
  }
  if (i == UPTIME || i == DOWNTIME) d->flap_at = d->flapped = 0;
}
static const char *set_one(struct dir *d, const char *tok, ns_t over, ns_t now) {
  char key[32];
  double a, b, c = 1;
  const char *eq = strchr(tok, '=');
  if (!strcmp(tok, "up") || !strcmp(tok, "down")) {
    put(d, DOWN, *tok == 'd', 0, now);
    return NULL;
  }
  if (!strcmp(tok, "clear")) {
    for (int i = 0; i < NPAR; i++)
      if (i != CARRIER || !d->v[i]) put(d, i, pars[i].def, 0, now);
    d->bad = 0;
    d->busy = 0;
    d->icmp4.s_addr = 0;
    d->icmp6 = in6addr_any;
    return NULL;
  }
  if (!eq || (size_t)(eq - tok) >= sizeof key) return "expected key=value";
  memcpy(key, tok, eq - tok);
  key[eq - tok] = 0;
  eq++;
  if (!strcmp(key, "icmp_from"))
    return inet_pton(AF_INET, eq, &d->icmp4) == 1 || inet_pton(AF_INET6, eq, &d->icmp6) == 1 ? NULL
                                                                                             : "bad address";
  if (!strcmp(key, "ge") || !strcmp(key, "burst") || !strcmp(key, "flap")) {
    char t[64], *s1, *s2;
    snprintf(t, sizeof t, "%s", eq);
    if (!strcmp(t, "off")) {
      put(d, GE_P, 0, 0, now);
      d->bad = 0;
      if (*key == 'f') put(d, DOWNTIME, 0, 0, now);
      return NULL;
    }
    if (!(s1 = strchr(t, '/'))) return "expected a/b";
    *s1++ = 0;
    if ((s2 = strchr(s1, '/'))) *s2++ = 0;
    if (*key == 'f') {  // flap=UP/DOWN mean times
      if (!parse_val(K_TIME, t, &a) || !parse_val(K_TIME, s1, &b)) return "bad time";
      put(d, UPTIME, a, 0, now);
      put(d, DOWNTIME, b, 0, now);
      return NULL;
    }
    if (!parse_val(K_PROB, t, &a) || !parse_val(*key == 'g' ? K_PROB : K_NUM, s1, &b) ||
        (s2 && !parse_val(K_PROB, s2, &c)))
      return "bad value";
    if (*key == 'b') {
      b = b < 1 ? 1 : 1 / b;
      a = a >= 1 ? 1 : b * a / (1 - a);
    }  // burst=AVG/LEN
    put(d, GE_P, a, over, now);
    put(d, GE_R, b, over, now);
    put(d, GE_BAD, c, over, now);
    return NULL;
  }
  for (int i = 0; i < NPAR; i++)
    if (!strcmp(key, pars[i].name)) {
      if (!parse_val(pars[i].kind, eq, &a)) return "bad value";
      put(d, i, a, over, now);
      return NULL;
    }
  return "unknown key";
}
static int open_port(struct port *p, const char *name) {
  int on = 1, big = 8 << 20;
  if (strlen(name) >= IFNAMSIZ || !(p->ifindex = if_nametoindex(name))) return -1;
  strcpy(p->name, name);
  p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p->fd < 0) die("AF_PACKET: %s", strerror(errno));
  setsockopt(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  setsockopt(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  if (setsockopt(p->fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on))
    die("PACKET_VNET_HDR: %s", strerror(errno));
  setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big))
    setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
  if (setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big))
    setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
  struct sockaddr_ll a = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = p->ifindex};
  return bind(p->fd, (struct sockaddr *)&a, sizeof a);
}
void show(FILE *o) {
  for (int i = 0; i < 2 * nlinks; i++) {
    struct dir *d = &links[i / 2].d[i % 2];
    step_ramps(d, now_mono());
    fprintf(o,
            "%s in=%llu out=%llu loss=%llu burst=%llu queue=%llu down=%llu mtu=%llu dup=%llu late50us=%llu "
            "bytes=%llu |",
            d->name, (unsigned long long)d->n_in, (unsigned long long)d->n_out, (unsigned long long)d->n_loss,
            (unsigned long long)d->n_burst, (unsigned long long)d->n_queue, (unsigned long long)d->n_down,
            (unsigned long long)d->n_mtu, (unsigned long long)d->n_dup, (unsigned long long)d->n_late,
            (unsigned long long)d->bytes);
    for (int k = 0; k < NPAR; k++)
      if (d->v[k] != pars[k].def) fprintf(o, " %s=%g", pars[k].name, d->v[k]);
    fputc('\n', o);
  }
}
// Runs one command; returns an error text or NULL. `out` takes the answer of `show`.
const char *run(char *line, ns_t now, ns_t over, FILE *out) {
  char *sv, *w, *hash = strchr(line, '#');
  if (hash) *hash = 0;
  line[strcspn(line, "\r\n")] = 0;
  char copy[512];
  snprintf(copy, sizeof copy, "%s", line);
  if (!(w = strtok_r(line, " \t", &sv))) return NULL;
  if (!strcmp(w, "link")) {
    char *n = strtok_r(NULL, " \t", &sv), *a = strtok_r(NULL, " \t", &sv), *b = strtok_r(NULL, " \t", &sv);
    if (!b || nlinks == MAXLINK || strlen(n) > 15) return "link NAME IF_A IF_B";
    struct link *l = &links[nlinks];
    strcpy(l->name, n);
    if (open_port(&l->p[0], a) || open_port(&l->p[1], b)) return "cannot open interface";
    for (int k = 0; k < 2; k++) {
      struct dir *d = &l->d[k];
      d->in = &l->p[k];
      d->out = &l->p[!k];
      snprintf(d->name, sizeof d->name, "%s.%s", n, k ? "ba" : "ab");
      for (int i = 0; i < NPAR; i++) d->v[i] = pars[i].def;
      rng_seed(d->rng, seed * 1000003 + nlinks * 2 + k);
    }
    nlinks++;
    return NULL;
  }
  if (!strcmp(w, "seed")) {
    char *s = strtok_r(NULL, " \t", &sv);
    seed = s ? strtoull(s, 0, 0) : 1;
    return nlinks ? "seed comes before link" : NULL;
  }
  if (!strcmp(w, "at") || !strcmp(w, "after")) {  // since start, or from now
    double t, o = 0;
    char *s = strtok_r(NULL, " \t", &sv), *rest = strtok_r(NULL, "", &sv);
    if (!s || !rest || !parse_val(K_TIME, s, &t)) return "at TIME [over TIME] COMMAND";
    if (w[1] == 'f') t += now - t_start;
    rest += strspn(rest, " \t");
    if (!strncmp(rest, "over ", 5)) {
      char u[32];
      int used = 0;
      if (sscanf(rest + 5, " %31s %n", u, &used) != 1 || !parse_val(K_TIME, u, &o))
        return "over TIME COMMAND";
      rest += 5 + used;
    }
    acts = realloc(acts, (nacts + 1) * sizeof *acts);
    int i = nacts++;
    for (; i > nextact && acts[i - 1].t > (ns_t)t; i--) acts[i] = acts[i - 1];
    acts[i] = (struct act){t, o, strdup(rest)};
    return NULL;
  }
  if (!strcmp(w, "over")) {
    double o;
    char *s = strtok_r(NULL, " \t", &sv), *rest = strtok_r(NULL, "", &sv);
    if (!s || !rest || !parse_val(K_TIME, s, &o)) return "over TIME COMMAND";
    return run(rest, now, o, out);
  }
  if (!strcmp(w, "set")) {
    char *tgt = strtok_r(NULL, " \t", &sv), *tok;
    const char *err = NULL;
    int found = 0;
    if (!tgt) return "set TARGET key=value...";
    while ((tok = strtok_r(NULL, " \t", &sv)))
      for (int i = 0; i < 2 * nlinks; i++) {
        struct dir *d = &links[i / 2].d[i % 2];
        if (strcmp(tgt, "*") && strcmp(tgt, links[i / 2].name) && strcmp(tgt, d->name)) continue;
        found = 1;
        if (!err) err = set_one(d, tok, over, now);
      }
    if (!err && found) note(tgt, "%s%s", over ? "ramp " : "", copy);
    return err ? err : found ? NULL : "no such link";
  }
  if (!strcmp(w, "mark")) {
    note("*", "%s", copy);
    return NULL;
  }
  if (!strcmp(w, "show")) {
    if (out) show(out);
    return NULL;
  }
  if (!strcmp(w, "time")) {
    if (out) fprintf(out, "%.6f\n", (now - t_start) / 1e9);
    return NULL;
  }
  if (!strcmp(w, "quit")) {
    quit_now = 1;
    return NULL;
  }
  return "unknown command";
}
