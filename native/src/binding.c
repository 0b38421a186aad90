#include "binding.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct call read_call(napi_env env, napi_callback_info info) {
  struct call call = {.env = env, .count = ARGUMENTS_MAX};
  napi_get_cb_info(env, info, &call.count, call.arguments, NULL, NULL);
  return call;
}

napi_value throw_errno(napi_env env, int error, const char *what) {
  char text[160];
  snprintf(text, sizeof text, "%s: %s", what, strerror(error));
  napi_throw_error(env, strerrorname_np(error), text);
  return NULL;
}

void set_function(napi_env env, napi_value object, const char *name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) != napi_ok) return;
  napi_set_named_property(env, object, name, value);
}

void set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok) napi_set_named_property(env, object, name, value);
}

void set_boolean(napi_env env, napi_value object, const char *name, bool boolean) {
  napi_value value;
  if (napi_get_boolean(env, boolean, &value) == napi_ok) napi_set_named_property(env, object, name, value);
}

void set_text(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) != napi_ok) return;
  napi_set_named_property(env, object, name, value);
}

double number_of(napi_env env, napi_value value, double fallback) {
  double number;
  return napi_get_value_double(env, value, &number) == napi_ok ? number : fallback;
}

double get_number(napi_env env, napi_value object, const char *name, double fallback) {
  napi_value value;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return fallback;
  return number_of(env, value, fallback);
}

bool get_boolean(napi_env env, napi_value object, const char *name) {
  napi_value value;
  bool boolean = false;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return false;
  return napi_get_value_bool(env, value, &boolean) == napi_ok && boolean;
}

bool get_text(napi_env env, napi_value object, const char *name, char *out, size_t capacity) {
  napi_value value;
  size_t length = 0;
  out[0] = 0;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return false;
  return napi_get_value_string_utf8(env, value, out, capacity, &length) == napi_ok && length > 0;
}

size_t get_bytes(napi_env env, napi_value object, const char *name, const uint8_t **out) {
  napi_value value;
  bool is_typed = false;
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return 0;
  if (napi_is_typedarray(env, value, &is_typed) != napi_ok || !is_typed) return 0;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok) return 0;
  if (type != napi_uint8_array) return 0;
  *out = data;
  return length;
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  bind_engine(env, exports);
  bind_sockets(env, exports);
  bind_system(env, exports);
  bind_links(env, exports);
  return exports;
}
