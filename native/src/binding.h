// Reading JavaScript values and throwing; shared by the files of the binding.
#ifndef IST_BINDING_H
#define IST_BINDING_H
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARGUMENTS_MAX = 4 };

struct call {
  napi_env env;
  size_t count;
  napi_value arguments[ARGUMENTS_MAX];
};

struct call read_call(napi_env env, napi_callback_info info);
// Throws an Error whose `code` is the errno's name.
napi_value throw_errno(napi_env env, int error, const char *what);
void set_function(napi_env env, napi_value object, const char *name, napi_callback function);
void set_number(napi_env env, napi_value object, const char *name, double value);
void set_boolean(napi_env env, napi_value object, const char *name, bool value);
void set_text(napi_env env, napi_value object, const char *name, const char *value);
// Absent or wrongly typed properties give the fallback; the TypeScript side has validated them.
double get_number(napi_env env, napi_value object, const char *name, double fallback);
bool get_boolean(napi_env env, napi_value object, const char *name);
bool get_text(napi_env env, napi_value object, const char *name, char *out, size_t capacity);
size_t get_bytes(napi_env env, napi_value object, const char *name, const uint8_t **out);
double number_of(napi_env env, napi_value value, double fallback);

void bind_engine(napi_env env, napi_value exports);
void bind_sockets(napi_env env, napi_value exports);
void bind_system(napi_env env, napi_value exports);
void bind_links(napi_env env, napi_value exports);
#endif
