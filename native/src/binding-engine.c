// The engine for JavaScript: handles in, numbers out. Results go through the ring, not through here.
#include "binding.h"
#include "clock.h"
#include "engine.h"
#include "icmp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The engine lives as long as its handle or the ring's ArrayBuffer does.
struct box {
  struct engine *engine;
  napi_threadsafe_function wake;
  int references;
  bool is_started, is_stopped;
};

static void release(struct box *box) {
  box->references -= 1;
  if (box->references > 0) return;
  engine_free(box->engine);
  free(box);
}

static void stop_on_exit(void *data);

static void stop(napi_env env, struct box *box) {
  if (box->is_stopped) return;
  box->is_stopped = true;
  napi_remove_env_cleanup_hook(env, stop_on_exit, box);
  engine_stop(box->engine);
  napi_release_threadsafe_function(box->wake, napi_tsfn_abort);
}

// The environment goes away while the thread runs (process.exit, a worker's end): stop it before its callback
// is gone.
static void stop_on_exit(void *data) {
  struct box *box = data;
  box->is_stopped = true;
  engine_stop(box->engine);
}

static void finalize_handle(napi_env env, void *data, void *hint) {
  (void)hint;
  stop(env, data);
  release(data);
}

static void finalize_ring(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  release(hint);
}

static void wake_from_thread(void *context) {
  struct box *box = context;
  napi_call_threadsafe_function(box->wake, NULL, napi_tsfn_nonblocking);
}

static void woken(napi_env env, napi_value callback, void *context, void *data) {
  (void)data;
  struct box *box = context;
  if (!env || box->is_stopped) return;
  napi_value undefined;
  engine_woken(box->engine);
  if (napi_get_undefined(env, &undefined) != napi_ok) return;
  napi_call_function(env, undefined, callback, 0, NULL, NULL);
}

static struct box *box_of(struct call *call) {
  struct box *box = NULL;
  if (napi_get_value_external(call->env, call->arguments[0], (void **)&box) != napi_ok) {
    napi_throw_type_error(call->env, NULL, "the first argument is not an engine");
  }
  return box;
}

static napi_value open_engine(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  const napi_value given = call.arguments[0];
  struct box *box = calloc(1, sizeof *box);
  if (!box) return throw_errno(env, ENOMEM, "open");
  const struct engine_options options = {
      .mode = (enum icmp_mode)get_number(env, given, "icmp", MODE_AUTO),
      .is_realtime = get_boolean(env, given, "realtime"),
      .has_transmit_stamps = get_boolean(env, given, "transmitStamps"),
      .ring_records = (uint32_t)get_number(env, given, "ringRecords", 16384),
      .wake = wake_from_thread,
      .context = box,
  };
  const uint32_t records = options.ring_records;
  if (records < 16 || records > 1 << 20 || (records & (records - 1))) {
    free(box);
    return throw_errno(env, EINVAL, "ringRecords is not a power of two from 16 to 1048576");
  }
  const int error = engine_open(&options, &box->engine);
  if (error) {
    free(box);
    return throw_errno(env, error, "the probing engine cannot be opened");
  }
  napi_value name, handle;
  napi_create_string_utf8(env, "ist-probe", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, call.arguments[1], NULL, name, 0, 1, NULL, NULL, box, woken,
                                      &box->wake) != napi_ok) {
    engine_free(box->engine);
    free(box);
    return throw_errno(env, EINVAL, "the second argument is not a function");
  }
  napi_unref_threadsafe_function(env, box->wake);
  box->references = 1;
  napi_create_external(env, box, finalize_handle, NULL, &handle);
  napi_add_env_cleanup_hook(env, stop_on_exit, box);
  return handle;
}

static napi_value start_engine(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (!box) return NULL;
  if (box->is_started) return throw_errno(env, EALREADY, "start");
  const int error = engine_start(box->engine);
  if (error) return throw_errno(env, error, "the probing thread cannot be started");
  box->is_started = true;
  return NULL;
}

static napi_value stop_engine(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (box) stop(env, box);
  return NULL;
}

static napi_value get_ring(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  napi_value buffer;
  size_t bytes;
  if (!box) return NULL;
  void *memory = engine_ring(box->engine, &bytes);
  if (napi_create_external_arraybuffer(env, memory, bytes, finalize_ring, box, &buffer) != napi_ok) {
    return throw_errno(env, ENOMEM, "ring");
  }
  box->references += 1;
  return buffer;
}

static napi_value get_status(napi_env env, napi_callback_info info) {
  static const char *const names[COUNTER_COUNT] = {"sent",     "received",   "timeouts", "errors",
                                                   "late",     "duplicates", "skipped",  "inFlight",
                                                   "overruns", "strangers",  "targets",  "wakes"};
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (!box) return NULL;
  struct engine_status status;
  napi_value out;
  engine_status(box->engine, &status);
  napi_create_object(env, &out);
  for (int i = 0; i < COUNTER_COUNT; i += 1) set_number(env, out, names[i], (double)status.counters[i]);
  set_number(env, out, "cpuMs", (double)status.cpu_ns / 1e6);
  set_number(env, out, "icmp4", status.icmp4);
  set_number(env, out, "icmp6", status.icmp6);
  set_boolean(env, out, "isRealtime", status.is_realtime);
  set_boolean(env, out, "hasTransmitStamps", status.has_transmit_stamps);
  return out;
}

static bool read_address(napi_env env, napi_value object, const char *name, struct address *out) {
  char text[INET6_ADDRSTRLEN + IFNAMSIZ + 1];
  memset(out, 0, sizeof *out);
  return get_text(env, object, name, text, sizeof text) && address_parse(text, out);
}

static bool read_target(napi_env env, napi_value object, struct target_spec *spec) {
  const uint8_t *query = NULL;
  memset(spec, 0, sizeof *spec);
  spec->kind = (uint8_t)get_number(env, object, "kind", KIND_ICMP);
  spec->port = (uint16_t)get_number(env, object, "port", 0);
  spec->ttl = (uint8_t)get_number(env, object, "ttl", 0);
  spec->interval = (int64_t)(get_number(env, object, "intervalMs", 1000) * 1e6);
  spec->timeout = (int64_t)(get_number(env, object, "timeoutMs", 1000) * 1e6);
  spec->payload = (uint16_t)get_number(env, object, "sizeBytes", 56);
  spec->first_sequence = (uint16_t)get_number(env, object, "firstSequence", 0);
  get_text(env, object, "interfaceName", spec->interface, sizeof spec->interface);
  read_address(env, object, "sourceAddress", &spec->source);
  const size_t length = get_bytes(env, object, "query", &query);
  const bool is_good = read_address(env, object, "address", &spec->address) && spec->kind <= KIND_DNS &&
                       spec->interval >= MILLISECOND && spec->timeout >= MILLISECOND &&
                       spec->payload >= ECHO_MIN_PAYLOAD && spec->payload <= ECHO_MAX_PAYLOAD &&
                       (spec->kind != KIND_DNS || (length >= DNS_HEADER_BYTES && length <= DNS_MAX_QUERY));
  if (!is_good) {
    throw_errno(env, EINVAL, "target");
    return false;
  }
  if (spec->kind != KIND_DNS) return true;
  spec->query = malloc(length);
  if (!spec->query) {
    throw_errno(env, ENOMEM, "target");
    return false;
  }
  memcpy(spec->query, query, length);
  spec->query_length = (uint16_t)length;
  return true;
}

static napi_value add_target(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  struct target_spec spec;
  uint32_t handle;
  napi_value out;
  if (!box || !read_target(env, call.arguments[1], &spec)) return NULL;
  const int error = engine_add(box->engine, &spec, &handle);
  if (error) {
    free(spec.query);
    return throw_errno(env, error, "add");
  }
  napi_create_uint32(env, handle, &out);
  return out;
}

static napi_value change_target(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  struct target_spec spec;
  if (!box || !read_target(env, call.arguments[2], &spec)) return NULL;
  const int error = engine_change(box->engine, (uint32_t)number_of(env, call.arguments[1], 0), &spec);
  if (!error) return NULL;
  free(spec.query);
  return throw_errno(env, error, "change");
}

static napi_value remove_target(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (!box) return NULL;
  const int error = engine_remove(box->engine, (uint32_t)number_of(env, call.arguments[1], 0));
  return error ? throw_errno(env, error, "remove") : NULL;
}

static napi_value shoot(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (!box) return NULL;
  const napi_value given = call.arguments[1];
  struct shot_spec spec;
  const uint8_t *query = NULL;
  napi_value out;
  uint32_t id;
  memset(&spec, 0, sizeof spec);
  spec.kind = (uint8_t)get_number(env, given, "kind", KIND_ICMP);
  spec.port = (uint16_t)get_number(env, given, "port", 0);
  spec.ttl = (uint8_t)get_number(env, given, "ttl", 0);
  spec.timeout = (int64_t)(get_number(env, given, "timeoutMs", 1000) * 1e6);
  spec.payload = (uint16_t)get_number(env, given, "sizeBytes", 56);
  spec.flow = (int32_t)get_number(env, given, "flow", -1);
  spec.is_fragment_forbidden = get_boolean(env, given, "dontFragment");
  get_text(env, given, "interfaceName", spec.interface, sizeof spec.interface);
  read_address(env, given, "sourceAddress", &spec.source);
  const size_t length = get_bytes(env, given, "query", &query);
  const bool is_icmp = spec.kind == KIND_ICMP, is_dns = spec.kind == KIND_DNS;
  if (!read_address(env, given, "address", &spec.address) || spec.kind > KIND_UDP ||
      spec.payload > ECHO_MAX_PAYLOAD || (is_icmp && spec.payload < ECHO_MIN_PAYLOAD) || spec.flow > 65535 ||
      (is_dns && (length < DNS_HEADER_BYTES || length > sizeof spec.query))) {
    return throw_errno(env, EINVAL, "probe");
  }
  if (is_dns) {
    memcpy(spec.query, query, length);
    spec.query_length = (uint16_t)length;
  }
  const int error = engine_shoot(box->engine, &spec, &id);
  if (error) return throw_errno(env, error, "probe");
  napi_create_uint32(env, id, &out);
  return out;
}

static napi_value cancel(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (box && !box->is_stopped) engine_cancel(box->engine, (uint32_t)number_of(env, call.arguments[1], 0));
  return NULL;
}

static void format_address(const struct address *address, char *out, size_t capacity) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->family)
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof text);
  char zone[IFNAMSIZ] = "";
  if (address->scope && if_indextoname(address->scope, zone))
    snprintf(out, capacity, "%s%%%s", text, zone);
  else
    snprintf(out, capacity, "%s", text);
}

static napi_value shot_object(napi_env env, uint32_t id, const struct shot_result *result) {
  napi_value out;
  char from[INET6_ADDRSTRLEN + IFNAMSIZ + 1];
  napi_create_object(env, &out);
  format_address(&result->from, from, sizeof from);
  set_number(env, out, "id", id);
  set_number(env, out, "outcome", result->outcome);
  set_number(env, out, "rttUs", result->rtt < 0 ? NAN : (double)result->rtt / 1e3);
  set_number(env, out, "tcpInfoRttUs", result->tcp_info_us < 0 ? NAN : result->tcp_info_us);
  set_number(env, out, "ttl", result->ttl);
  set_text(env, out, "from", from);
  set_number(env, out, "icmpType", result->icmp_type);
  set_number(env, out, "icmpCode", result->icmp_code);
  set_number(env, out, "errno", result->error);
  set_number(env, out, "mtu", result->mtu);
  set_boolean(env, out, "isKernelStamped", result->flags & FLAG_KERNEL_RECEIVE);
  if (result->reply_length == 0) return out;
  napi_value reply;
  void *copy;
  napi_create_arraybuffer(env, result->reply_length, &copy, &reply);
  memcpy(copy, result->reply, result->reply_length);
  napi_value bytes;
  napi_create_typedarray(env, napi_uint8_array, result->reply_length, reply, 0, &bytes);
  napi_set_named_property(env, out, "reply", bytes);
  return out;
}

// A process waiting for a one-shot must not end for lack of other work; one that only probes may.
static napi_value keep_alive(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  bool is_kept = false;
  if (!box || box->is_stopped) return NULL;
  napi_get_value_bool(env, call.arguments[1], &is_kept);
  if (is_kept)
    napi_ref_threadsafe_function(env, box->wake);
  else
    napi_unref_threadsafe_function(env, box->wake);
  return NULL;
}

static napi_value take(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct box *box = box_of(&call);
  if (!box) return NULL;
  napi_value out;
  napi_create_array(env, &out);
  uint32_t id, place = 0, taken = 0;
  const struct shot_result *result;
  while ((result = engine_take(box->engine, &id, &place))) {
    if (!result->is_cancelled) {
      napi_set_element(env, out, taken, shot_object(env, id, result));
      taken += 1;
    }
    engine_release(box->engine, place);
  }
  return out;
}

void bind_engine(napi_env env, napi_value exports) {
  set_function(env, exports, "open", open_engine);
  set_function(env, exports, "start", start_engine);
  set_function(env, exports, "stop", stop_engine);
  set_function(env, exports, "ring", get_ring);
  set_function(env, exports, "status", get_status);
  set_function(env, exports, "add", add_target);
  set_function(env, exports, "change", change_target);
  set_function(env, exports, "remove", remove_target);
  set_function(env, exports, "shoot", shoot);
  set_function(env, exports, "cancel", cancel);
  set_function(env, exports, "take", take);
  set_function(env, exports, "keepAlive", keep_alive);
}
