// TCP sockets of Node by their descriptor: options and counters it has no words for.
#include "binding.h"
#include "tcp-socket.h"
#include <errno.h>

static int descriptor_of(const struct call *call) {
  return (int)number_of(call->env, call->arguments[0], -1);
}

static napi_value done(napi_env env, int error, const char *what) {
  napi_value undefined;
  if (error) return throw_errno(env, error, what);
  napi_get_undefined(env, &undefined);
  return undefined;
}

// Calls `act` with the descriptor and the text of the second argument.
static napi_value with_text(napi_env env, napi_callback_info info, int (*act)(int, const char *),
                            const char *what) {
  struct call call = read_call(env, info);
  char text[32];
  size_t length = 0;
  const napi_status status = napi_get_value_string_utf8(env, call.arguments[1], text, sizeof text, &length);
  return done(env, status == napi_ok ? act(descriptor_of(&call), text) : EINVAL, what);
}

static napi_value with_bytes(napi_env env, napi_callback_info info, int (*act)(int, int), const char *what) {
  struct call call = read_call(env, info);
  const double bytes = number_of(env, call.arguments[1], -1);
  return done(env, bytes >= 0 && bytes <= 1 << 30 ? act(descriptor_of(&call), (int)bytes) : EINVAL, what);
}

static napi_value set_congestion(napi_env env, napi_callback_info info) {
  return with_text(env, info, tcp_set_congestion, "TCP_CONGESTION");
}

static napi_value bind_to_device(napi_env env, napi_callback_info info) {
  return with_text(env, info, tcp_bind_device, "SO_BINDTODEVICE");
}

static napi_value set_receive_low_water(napi_env env, napi_callback_info info) {
  return with_bytes(env, info, tcp_set_receive_low_water, "SO_RCVLOWAT");
}

static napi_value set_unsent_low_water(napi_env env, napi_callback_info info) {
  return with_bytes(env, info, tcp_set_unsent_low_water, "TCP_NOTSENT_LOWAT");
}

static napi_value duplicate(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  const int fd = tcp_duplicate(descriptor_of(&call));
  napi_value out;
  if (fd < 0) return throw_errno(env, errno, "F_DUPFD_CLOEXEC");
  return napi_create_int32(env, fd, &out) == napi_ok ? out : NULL;
}

static napi_value tcp_information(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct tcp_facts facts;
  char name[32];
  int error = tcp_read_facts(descriptor_of(&call), &facts);
  if (!error) error = tcp_get_congestion(descriptor_of(&call), name, sizeof name);
  if (error) return throw_errno(env, error, "TCP_INFO");
  napi_value out;
  napi_create_object(env, &out);
  set_number(env, out, "rttUs", facts.rtt_us);
  set_number(env, out, "rttVariationUs", facts.rtt_variation_us);
  set_number(env, out, "minRttUs", facts.min_rtt_us);
  set_number(env, out, "congestionWindow", facts.window_segments);
  set_number(env, out, "segmentBytes", facts.segment_bytes);
  set_number(env, out, "retransmits", facts.retransmits);
  set_number(env, out, "unacknowledged", facts.unacknowledged);
  set_number(env, out, "sacked", facts.sacked);
  set_number(env, out, "bytesAcked", (double)facts.bytes_acked);
  set_number(env, out, "bytesReceived", (double)facts.bytes_received);
  set_number(env, out, "bytesSent", (double)facts.bytes_sent);
  set_number(env, out, "dataSegmentsIn", facts.data_segments_in);
  set_number(env, out, "receiveSegmentBytes", facts.receive_segment_bytes);
  set_number(env, out, "deliveryRate", (double)facts.delivery_rate);
  set_number(env, out, "busyUs", (double)facts.busy_us);
  set_number(env, out, "receiverLimitedUs", (double)facts.receiver_limited_us);
  set_number(env, out, "bufferLimitedUs", (double)facts.buffer_limited_us);
  set_text(env, out, "congestionControl", name);
  return out;
}

void bind_sockets(napi_env env, napi_value exports) {
  set_function(env, exports, "setCongestionControl", set_congestion);
  set_function(env, exports, "bindToDevice", bind_to_device);
  set_function(env, exports, "setReceiveLowWater", set_receive_low_water);
  set_function(env, exports, "setUnsentLowWater", set_unsent_low_water);
  set_function(env, exports, "duplicateSocket", duplicate);
  set_function(env, exports, "tcpInformation", tcp_information);
}
