// Link news on Node's own event loop: rare, so it needs no thread.
#include "binding.h"
#include "links.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

struct watch {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  int fd;
  bool is_closed;
};

static void closed(uv_handle_t *handle) { free(handle->data); }

static void close_watch(struct watch *watch) {
  if (watch->is_closed) return;
  watch->is_closed = true;
  uv_poll_stop(&watch->poll);
  close(watch->fd);
  napi_delete_reference(watch->env, watch->callback);
  napi_async_destroy(watch->env, watch->context);
  uv_close((uv_handle_t *)&watch->poll, closed);
}

static void readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct watch *watch = poll->data;
  napi_handle_scope scope;
  const uint32_t news = links_read(watch->fd);
  if (news == 0 || napi_open_handle_scope(watch->env, &scope) != napi_ok) return;
  napi_value callback, receiver, argument;
  napi_get_reference_value(watch->env, watch->callback, &callback);
  napi_get_global(watch->env, &receiver); // must be an object, unlike in napi_call_function
  napi_create_uint32(watch->env, news, &argument);
  if (napi_make_callback(watch->env, watch->context, receiver, callback, 1, &argument, NULL) ==
      napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(watch->env, &error);
    napi_fatal_exception(watch->env, error);
  }
  napi_close_handle_scope(watch->env, scope);
}

static void close_on_exit(void *data) { close_watch(data); }

// watchLinks(callback) → a function that ends the watch.
static napi_value unwatch(napi_env env, napi_callback_info info) {
  void *data = NULL;
  napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
  struct watch **slot = data;
  if (!*slot) return NULL;
  napi_remove_env_cleanup_hook(env, close_on_exit, *slot);
  close_watch(*slot);
  *slot = NULL;
  return NULL;
}

static void free_slot(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static napi_value watch_links(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  napi_valuetype type = napi_undefined;
  napi_typeof(env, call.arguments[0], &type);
  if (type != napi_function) return throw_errno(env, EINVAL, "watchLinks");
  uv_loop_t *loop = NULL;
  const int fd = links_open();
  if (fd < 0) return throw_errno(env, -fd, "watchLinks");
  struct watch *watch = calloc(1, sizeof *watch);
  struct watch **slot = calloc(1, sizeof *slot);
  if (!watch || !slot || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_poll_init(loop, &watch->poll, fd) != 0) {
    free(watch);
    free(slot);
    close(fd);
    return throw_errno(env, ENOMEM, "watchLinks");
  }
  watch->env = env;
  watch->fd = fd;
  watch->poll.data = watch;
  *slot = watch;
  napi_value name, stop;
  napi_create_string_utf8(env, "ist-links", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &watch->context);
  napi_create_reference(env, call.arguments[0], 1, &watch->callback);
  uv_poll_start(&watch->poll, UV_READABLE, readable);
  uv_unref((uv_handle_t *)&watch->poll);
  napi_add_env_cleanup_hook(env, close_on_exit, watch);
  napi_create_function(env, "unwatch", NAPI_AUTO_LENGTH, unwatch, slot, &stop);
  napi_add_finalizer(env, stop, slot, free_slot, NULL, NULL);
  return stop;
}

void bind_links(napi_env env, napi_value exports) { set_function(env, exports, "watchLinks", watch_links); }
