// Link news on Node's own event loop: rare, so it needs no thread. The neighbour tables are read at once.
#include "binding.h"
#include "links.h"
#include "neighbours.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
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

// "02:fc:00:00:00:05"; empty where there is no address.
static void link_text(const struct neighbour *neighbour, char out[3 * LINK_ADDRESS_MAX]) {
  out[0] = 0;
  for (size_t i = 0; i < neighbour->link_length; i += 1) {
    snprintf(out + 3 * i, 4, i + 1 < neighbour->link_length ? "%02x:" : "%02x", neighbour->link[i]);
  }
}

static napi_value neighbour_object(napi_env env, const struct neighbour *neighbour, const char *interface) {
  char address[INET6_ADDRSTRLEN] = "";
  char link[3 * LINK_ADDRESS_MAX];
  napi_value out;
  inet_ntop(neighbour->family == 4 ? AF_INET : AF_INET6, neighbour->address, address, sizeof address);
  link_text(neighbour, link);
  napi_create_object(env, &out);
  set_number(env, out, "family", neighbour->family);
  set_text(env, out, "interfaceName", interface);
  set_text(env, out, "address", address);
  set_text(env, out, "mac", link);
  set_number(env, out, "state", neighbour->state);
  set_number(env, out, "flags", neighbour->flags);
  return out;
}

// neighbours() → an array of plain objects.
static napi_value list_neighbours(napi_env env, napi_callback_info info) {
  (void)info;
  struct neighbour *entries = calloc(NEIGHBOURS_MAX, sizeof *entries);
  if (!entries) return throw_errno(env, ENOMEM, "neighbours");
  const int count = neighbours_read(entries, NEIGHBOURS_MAX);
  if (count < 0) {
    free(entries);
    return throw_errno(env, -count, "neighbours");
  }
  napi_value out;
  napi_create_array(env, &out);
  char name[IF_NAMESIZE] = "";
  uint32_t named = 0, length = 0;
  for (int i = 0; i < count; i += 1) {
    // Entries come in no order by interface, but mostly there is one interface.
    if (entries[i].interface_index != named) {
      named = entries[i].interface_index;
      if (!if_indextoname(named, name)) name[0] = 0;
    }
    if (name[0] == 0) continue; // the interface went away meanwhile
    napi_set_element(env, out, length, neighbour_object(env, &entries[i], name));
    length += 1;
  }
  free(entries);
  return out;
}

void bind_links(napi_env env, napi_value exports) {
  set_function(env, exports, "watchLinks", watch_links);
  set_function(env, exports, "neighbours", list_neighbours);
}
