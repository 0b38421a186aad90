// linksim: a link emulator in user space that joins pairs of (veth) interfaces.
// One thread, one queue of packets, any number of links. See ../README.md.
#include "linksim.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct link links[MAXLINK];
int nlinks, nacts, nextact, quit_now, log_packets = 1;
struct act *acts;
ns_t t_start, spin = 30000;
FILE *logf_;
const char *log_only;

// The control socket: one datagram is one command, and gets one answer.
static int ctl_fd = -1;
static const char *ctl_path;
static void ctl_serve(void) {
  char b[2048], *ans = NULL;
  size_t n = 0;
  struct sockaddr_un from;
  socklen_t fl = sizeof from;
  ssize_t r = recvfrom(ctl_fd, b, sizeof b - 1, MSG_DONTWAIT, (struct sockaddr *)&from, &fl);
  if (r <= 0) return;
  b[r] = 0;
  FILE *o = open_memstream(&ans, &n);
  char *sv, *line;
  const char *err = NULL;
  for (line = strtok_r(b, "\n;", &sv); line && !err; line = strtok_r(NULL, "\n;", &sv))
    err = run(line, now_mono(), 0, o);
  fprintf(o, err ? "error: %s\n" : "ok\n", err);
  fclose(o);
  sendto(ctl_fd, ans, n, MSG_DONTWAIT, (struct sockaddr *)&from, fl);
  free(ans);
  if (logf_) fflush(logf_);
}
static int ctl_client(const char *path, int n, char **arg) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  char b[65536];
  size_t l = 0;
  struct sockaddr_un a = {.sun_family = AF_UNIX}, me = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
  snprintf(me.sun_path, sizeof me.sun_path, "%s.%d", path, getpid());
  if (bind(fd, (struct sockaddr *)&me, sizeof me)) die("%s: %s", me.sun_path, strerror(errno));
  struct timeval tv = {3, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  for (int i = 0; i < n; i++) l += snprintf(b + l, sizeof b - l, "%s ", arg[i]);
  if (connect(fd, (struct sockaddr *)&a, sizeof a) || send(fd, b, l, 0) < 0) {
    unlink(me.sun_path);
    die("%s: %s", path, strerror(errno));
  }
  ssize_t r = recv(fd, b, sizeof b - 1, 0);
  unlink(me.sun_path);
  if (r < 0) die("no answer");
  fwrite(b, 1, r, stdout);
  return r >= 3 && !memcmp(b + r - 3, "ok\n", 3) ? 0 : 1;
}
static void on_signal(int s) {
  (void)s;
  quit_now = 1;
}

int main(int argc, char **argv) {
  int c, rt = 0;
  const char *logpath = NULL;
  double d;
  while ((c = getopt(argc, argv, "C:l:c:o:qrS:h")) != -1) switch (c) {
      case 'C':
        return ctl_client(optarg, argc - optind, argv + optind);
      case 'l':
        logpath = optarg;
        break;
      case 'c':
        ctl_path = optarg;
        break;
      case 'o':
        log_only = optarg;
        break;
      case 'q':
        log_packets = 0;
        break;
      case 'r':
        rt = 1;
        break;
      case 'S':
        if (!parse_val(K_TIME, optarg, &d)) die("bad -S");
        spin = d;
        break;
      default:
        die("usage: linksim [-l LOG] [-c SOCKET] [-o LINK] [-q] [-r] [-S SPIN] SCRIPT | linksim -C SOCKET COMMAND...");
    }
  if (optind >= argc) die("no script");
  t_start = now_mono();
  if (logpath) {
    if (!(logf_ = fopen(logpath, "w"))) die("%s: %s", logpath, strerror(errno));
    setvbuf(logf_, NULL, _IOFBF, 1 << 20);
    fprintf(logf_,
            "# "
            "pkt,t_s,dir,verdict,len,arrival_real_ns,due_ns,sent_ns,proto,src,dst,id_or_sport,seq_or_dport,"
            "icmp_type\n"
            "# start_real_ns=%lld\n",
            (long long)clk(CLOCK_REALTIME));
  }
  FILE *f = strcmp(argv[optind], "-") ? fopen(argv[optind], "r") : stdin;
  if (!f) die("%s: %s", argv[optind], strerror(errno));
  char line[1024];
  for (int n = 1; fgets(line, sizeof line, f); n++) {
    const char *e = run(line, t_start, 0, stdout);
    if (e) die("line %d: %s", n, e);
  }
  if (!nlinks) die("no links");

  prctl(PR_SET_TIMERSLACK, 1UL);
  mlockall(MCL_CURRENT);
  if (rt && sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){10})) perror("linksim: SCHED_FIFO");
  struct sigaction sa = {.sa_handler = on_signal};
  sigaction(SIGINT, &sa, NULL);
  sigaction(SIGTERM, &sa, NULL);
  signal(SIGPIPE, SIG_IGN);
  int ep = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < 2 * nlinks; i++) {
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &links[i / 2].d[i % 2]};
    epoll_ctl(ep, EPOLL_CTL_ADD, links[i / 2].p[i % 2].fd, &ev);
  }
  if (ctl_path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", ctl_path);
    unlink(ctl_path);
    ctl_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(ctl_fd, (struct sockaddr *)&a, sizeof a)) die("%s: %s", ctl_path, strerror(errno));
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(ep, EPOLL_CTL_ADD, ctl_fd, &ev);
  }
  ns_t flushed = t_start = now_mono();
  while (!quit_now) {
    ns_t now = now_mono(), next = now + SEC / 2, due;
    while (nextact < nacts && t_start + acts[nextact].t <= now) {
      struct act *a = &acts[nextact++];
      const char *e = run(a->cmd, t_start + a->t, a->over, stdout);
      if (e) fprintf(stderr, "linksim: script at %.3f s: %s\n", a->t / 1e9, e);
      free(a->cmd);
    }
    for (int i = 0; i < 2 * nlinks; i++)
      if (links[i / 2].d[i % 2].v[DOWNTIME] > 0) step_flap(&links[i / 2].d[i % 2], now);
    release(now);
    if (nextact < nacts && t_start + acts[nextact].t < next) next = t_start + acts[nextact].t;
    if (peek(&due) && due - spin < next) next = due - spin;
    if (logf_ && now - flushed > SEC / 4 && next - now > 2000000) {
      fflush(logf_);
      flushed = now;
    }
    ns_t wait = next - now_mono();
    struct timespec ts = {wait > 0 ? wait / SEC : 0, wait > 0 ? wait % SEC : 0};
    struct epoll_event ev[16];
    int n = epoll_pwait2(ep, ev, 16, &ts, NULL);
    if (n < 0 && errno != EINTR) die("epoll: %s", strerror(errno));
    for (int i = 0; i < n; i++) ev[i].data.ptr ? receive(ev[i].data.ptr) : ctl_serve();
  }
  if (ctl_path) unlink(ctl_path);
  if (logf_) {
    fprintf(logf_, "# end\n");
    fclose(logf_);
  }
  return 0;
}
