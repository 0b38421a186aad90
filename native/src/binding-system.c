// Small system calls Node has no words for: service notification and clock state.
#include "binding.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

// The protocol of sd_notify(3): one datagram to the socket systemd names. A leading @ is the abstract
// namespace.
static int notify(const char *path, const char *state) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  const size_t length = strlen(path);
  if (length < 2 || length >= sizeof name.sun_path || (path[0] != '/' && path[0] != '@')) return EINVAL;
  memcpy(name.sun_path, path, length);
  if (path[0] == '@') name.sun_path[0] = 0;
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  const ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&name, size);
  const int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

static napi_value notify_service(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  char state[512], path[128];
  size_t length;
  napi_value out;
  if (napi_get_value_string_utf8(env, call.arguments[0], path, sizeof path, &length) != napi_ok ||
      napi_get_value_string_utf8(env, call.arguments[1], state, sizeof state, &length) != napi_ok) {
    return throw_errno(env, EINVAL, "notify");
  }
  const int error = notify(path, state);
  if (error) return throw_errno(env, error, "notify");
  napi_get_undefined(env, &out);
  return out;
}

static napi_value clock_state(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value out;
  struct timex state;
  memset(&state, 0, sizeof state);
  const int result = adjtimex(&state);
  napi_create_object(env, &out);
  set_boolean(env, out, "isSynchronised", result >= 0 && !(state.status & STA_UNSYNC));
  set_number(env, out, "maxErrorUs", (double)state.maxerror);
  return out;
}

void bind_system(napi_env env, napi_value exports) {
  set_function(env, exports, "notifyService", notify_service);
  set_function(env, exports, "clockState", clock_state);
}
