// One packet's way through a direction: settings, losses, queue, delay, release.
#include "linksim.h"
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// MTU limit: frag needed / packet too big, sent as the router `icmp_from`.
static uint16_t csum(const uint8_t *p, int n, uint32_t s) {
  for (; n > 1; p += 2, n -= 2) s += p[0] << 8 | p[1];
  if (n) s += p[0] << 8;
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return ~s;
}
static void put16(uint8_t *p, int v) {
  p[0] = v >> 8;
  p[1] = v;
}
static void send_too_big(struct dir *d, const uint8_t *e, int len, int mtu) {
  uint8_t b[sizeof(struct virtio_net_hdr) + 1300] = {0}, *o = b + sizeof(struct virtio_net_hdr), *ip = o + 14;
  int v6 = e[12] == 0x86, n = len - 14, total;
  memcpy(o, e + 6, 6);
  memcpy(o + 6, e, 6);
  memcpy(o + 12, e + 12, 2);
  if (v6) {
    if (IN6_IS_ADDR_UNSPECIFIED(&d->icmp6)) return;
    if (n > 1232) n = 1232;
    ip[0] = 0x60;
    put16(ip + 4, n + 8);
    ip[6] = 58;
    ip[7] = 64;
    memcpy(ip + 8, &d->icmp6, 16);
    memcpy(ip + 24, e + 22, 16);
    uint8_t *ic = ip + 40;
    ic[0] = 2;
    put16(ic + 6, mtu);
    memcpy(ic + 8, e + 14, n);
    put16(ic + 2, csum(ic, n + 8, (uint16_t)~csum(ip + 8, 32, 0) + n + 8 + 58));
    total = 14 + 40 + 8 + n;
  } else {
    if (!d->icmp4.s_addr || !(e[20] & 0x40)) return;  // only with DF
    if (n > 548) n = 548;
    ip[0] = 0x45;
    put16(ip + 2, n + 28);
    ip[8] = 64;
    ip[9] = 1;
    memcpy(ip + 12, &d->icmp4, 4);
    memcpy(ip + 16, e + 26, 4);
    put16(ip + 10, csum(ip, 20, 0));
    uint8_t *ic = ip + 20;
    ic[0] = 3;
    ic[1] = 4;
    put16(ic + 6, mtu);
    memcpy(ic + 8, e + 14, n);
    put16(ic + 2, csum(ic, n + 8, 0));
    total = 14 + 28 + n;
  }
  if (send(d->in->fd, b, sizeof(struct virtio_net_hdr) + total, 0) < 0)
    note(d->name, "error icmp %s", strerror(errno));
}

void step_ramps(struct dir *d, ns_t now) {
  for (int i = 0; d->ramps && i < NPAR; i++) {
    struct ramp *r = &d->ramp[i];
    if (!r->t1) continue;
    if (now >= r->t1) {
      d->v[i] = r->to;
      r->t1 = 0;
      d->ramps--;
    } else
      d->v[i] = r->from + (r->to - r->from) * (double)(now - r->t0) / (double)(r->t1 - r->t0);
  }
}
void step_flap(struct dir *d, ns_t now) {
  if (d->v[DOWNTIME] <= 0) {
    d->flapped = 0;
    d->flap_at = 0;
    return;
  }
  if (!d->flap_at) d->flap_at = now - d->v[UPTIME] * log(1 - rnd(d));
  while (now >= d->flap_at) {
    d->flapped = !d->flapped;
    note(d->name, "flap %s", d->flapped ? "down" : "up");
    d->flap_at -= d->v[d->flapped ? DOWNTIME : UPTIME] * log(1 - rnd(d));
  }
}
static void arrive(struct dir *d, const uint8_t *buf, uint32_t n, ns_t arr, ns_t real) {
  struct pkt *p = malloc(sizeof *p + n);
  if (!p) return;
  double *v = d->v;
  uint32_t len = n - sizeof(struct virtio_net_hdr);
  *p = (struct pkt){.d = d, .arr = arr, .real = real, .len = len};
  memcpy(p->data, buf, n);
  d->n_in++;
  d->bytes += len;
  step_ramps(d, arr);
  step_flap(d, arr);

  const char *drop = NULL;
  const uint8_t *e = p->data + sizeof(struct virtio_net_hdr);
  int type = e[12] << 8 | e[13];
  if (v[GE_P] > 0 || d->bad) d->bad = d->bad ? !hit(d, v[GE_R]) : hit(d, v[GE_P]);
  if (v[DOWN] || d->flapped)
    drop = "down", d->n_down++;
  else if (v[MTU] > 0 && len > v[MTU] + 14 && (type == 0x0800 || type == 0x86dd)) {
    drop = "mtu";
    d->n_mtu++;
    send_too_big(d, e, len, v[MTU]);
  } else if (d->bad && hit(d, v[GE_BAD]))
    drop = "burst", d->n_burst++;
  else if (hit(d, v[LOSS]))
    drop = "loss", d->n_loss++;

  ns_t out = arr;
  if (!drop && v[RATE] > 0) {  // FIFO in front of a transmitter
    double bits = (len + v[OVERHEAD]) * 8, wait = d->busy > arr ? d->busy - arr : 0;
    if (wait * v[RATE] / 8e9 + len > v[QUEUE])
      drop = "queue", d->n_queue++;
    else
      out = d->busy = arr + wait + bits * 1e9 / v[RATE];
  }
  if (drop) {
    log_pkt(p, drop, 0);
    free(p);
    return;
  }

  out += v[DELAY] + jitter(d);
  if (out < arr) out = arr;
  if (hit(d, v[REORDER]))
    out += v[HOLD];  // held back: later ones overtake
  else if (!v[FREE]) {
    if (out < d->last) out = d->last;
    d->last = out;
  }
  p->due = out;
  push(out, p);
  if (hit(d, v[DUP])) {
    struct pkt *q = malloc(sizeof *q + n);
    if (q) {
      memcpy(q, p, sizeof *q + n);
      q->len = len;
      d->n_dup++;
      push(out, q);
    }
  }
}
void release(ns_t now) {
  struct pkt *b[BATCH];
  struct mmsghdr m[BATCH];
  struct iovec iov[BATCH];
  const struct pkt *next;
  ns_t t;
  while ((next = peek(&t)) && t <= now) {
    int n = 0;
    struct port *o = next->d->out;
    while (n < BATCH && (next = peek(&t)) && t <= now && next->d->out == o) {
      struct pkt *p = pop();
      struct dir *d = p->d;
      if (d->v[DOWN] || d->flapped) {
        d->n_down++;
        log_pkt(p, "down", 0);
        free(p);
        continue;
      }
      iov[n] = (struct iovec){p->data, p->len + sizeof(struct virtio_net_hdr)};
      m[n] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov[n], .msg_iovlen = 1}};
      b[n++] = p;
    }
    ns_t sent = now_mono();
    uint32_t failed = 0;  // one bit a packet of the batch
    for (int i = 0, r; i < n; i += r) {
      if ((r = sendmmsg(o->fd, m + i, n - i, 0)) <= 0) {
        note(b[i]->d->name, "error send %s", strerror(errno));
        failed |= 1u << i;
        r = 1;
      }
    }
    for (int i = 0; i < n; i++) {
      b[i]->d->n_out++;
      if (sent - b[i]->due > 50000) b[i]->d->n_late++;
      log_pkt(b[i], failed >> i & 1 ? "error" : "pass", sent);
      free(b[i]);
    }
  }
}
void receive(struct dir *d) {
  static uint8_t buf[BATCH][MAXPKT], ctl[BATCH][64];
  struct mmsghdr m[BATCH];
  struct iovec iov[BATCH];
  struct sockaddr_ll ll[BATCH];
  for (int i = 0; i < BATCH; i++) {
    iov[i] = (struct iovec){buf[i], MAXPKT};
    m[i] = (struct mmsghdr){.msg_hdr = {&ll[i], sizeof ll[i], &iov[i], 1, ctl[i], sizeof ctl[i], 0}};
  }
  int n = recvmmsg(d->in->fd, m, BATCH, MSG_DONTWAIT, NULL);
  ns_t mono = now_mono(), real = clk(CLOCK_REALTIME);
  for (int i = 0; i < n; i++) {
    if (ll[i].sll_pkttype == PACKET_OUTGOING || m[i].msg_len < 14 + sizeof(struct virtio_net_hdr)) continue;
    ns_t rx = real;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m[i].msg_hdr); c; c = CMSG_NXTHDR(&m[i].msg_hdr, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
        struct timespec t;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        rx = (ns_t)t.tv_sec * SEC + t.tv_nsec;
      }
    ns_t age = real - rx;  // robust to a clock step in between
    if (age < 0 || age > SEC) age = 0;
    arrive(d, buf[i], m[i].msg_len, mono - age, rx);
  }
}
