// Options and counters of a TCP socket that Node has opened. Every function gives 0 or an errno.
#ifndef IST_TCP_SOCKET_H
#define IST_TCP_SOCKET_H
#include <stddef.h>
#include <stdint.h>

struct tcp_facts {
  uint32_t rtt_us, rtt_variation_us, min_rtt_us;
  uint32_t window_segments, segment_bytes;
  uint32_t retransmits;    // segments sent again, since the start
  uint32_t unacknowledged; // segments in flight
  uint32_t sacked;         // of these, segments the other side has behind a gap
  uint64_t bytes_acked, bytes_received, bytes_sent;
  uint32_t data_segments_in, receive_segment_bytes; // all that arrived, out of order and twice as well
  uint64_t delivery_rate; // bytes a second, of the last flight
  uint64_t busy_us, receiver_limited_us, buffer_limited_us;
};

int tcp_read_facts(int fd, struct tcp_facts *out);
int tcp_set_congestion(int fd, const char *name);
// Cut off at `capacity` when the name is longer.
int tcp_get_congestion(int fd, char *out, size_t capacity);
int tcp_bind_device(int fd, const char *interface);
// Nobody is woken for less than this, but for the end of the stream.
int tcp_set_receive_low_water(int fd, int bytes);
// Writable only while less than this waits to be sent for the first time.
int tcp_set_unsent_low_water(int fd, int bytes);
// A second descriptor of the same socket, -1 and errno otherwise.
int tcp_duplicate(int fd);
#endif
