// The ground truth, one CSV line a packet.
#include "linksim.h"
#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <stdarg.h>
#include <string.h>

void note(const char *who, const char *f, ...) {
  if (!logf_) return;
  va_list a;
  va_start(a, f);
  fprintf(logf_, "chg,%.6f,%s,", (now_mono() - t_start) / 1e9, who);
  vfprintf(logf_, f, a);
  fputc('\n', logf_);
}
void log_pkt(struct pkt *p, const char *verdict, ns_t sent) {
  if (!logf_ || !log_packets) return;
  if (log_only && (strncmp(p->d->name, log_only, strlen(log_only)) || p->d->name[strlen(log_only)] != '.')) return;
  const uint8_t *e = p->data + sizeof(struct virtio_net_hdr), *l4 = NULL;
  char src[INET6_ADDRSTRLEN] = "", dst[INET6_ADDRSTRLEN] = "";
  int type = e[12] << 8 | e[13], proto = -1, a = 0, b = 0, icmp = -1, v6 = type == 0x86dd;
  if (type == 0x0800 && p->len >= 34) {
    inet_ntop(AF_INET, e + 26, src, sizeof src);
    inet_ntop(AF_INET, e + 30, dst, sizeof dst);
    proto = e[23];
    l4 = e + 14 + (e[14] & 15) * 4;
    if ((e[20] & 31) | e[21]) l4 = NULL;  // a later fragment
  } else if (v6 && p->len >= 54) {
    inet_ntop(AF_INET6, e + 22, src, sizeof src);
    inet_ntop(AF_INET6, e + 38, dst, sizeof dst);
    proto = e[20];
    l4 = e + 54;
  }
  if (l4 && l4 + 8 <= e + p->len) {
    int o = proto == 1 || proto == 58 ? 4 : 0;  // echo id, seq or ports
    if (o) icmp = l4[0];
    a = l4[o] << 8 | l4[o + 1];
    b = l4[o + 2] << 8 | l4[o + 3];
  }
  fprintf(logf_, "pkt,%.6f,%s,%s,%u,%lld,%lld,%lld,%d,%s,%s,%d,%d,%d\n", (p->arr - t_start) / 1e9, p->d->name,
          verdict, p->len, (long long)p->real, (long long)(p->due ? p->due - p->arr : 0),
          (long long)(sent ? sent - p->arr : 0), proto, src, dst, a, b, icmp);
}
