/*
 * Preload library: writes down, in order, what a process does to the databases of one folder, and when it was told
 * that a transaction is durable. The log is replayed by replay.ts as the disk a power cut leaves behind.
 *
 * POWER_LOSS_FOLDER  folder of the databases, as the kernel names it
 * POWER_LOSS_LOG     file that the records are appended to
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum operation { OP_WRITE = 1, OP_SYNC = 2, OP_TRUNCATE = 3, OP_ACKNOWLEDGE = 9 };

struct record {
  uint32_t operation;
  uint32_t file;
  uint64_t offset;
  uint64_t length;
};

/* The index in this list plus one is the file number of a record. */
static const char *const names[] = {"/state.db", "/state.db-wal", "/measurements.db", "/measurements.db-wal"};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static const char *folder;
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off64_t);

static void begin(void) {
  real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  real_pwrite = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
  folder = getenv("POWER_LOSS_FOLDER");
  const char *path = getenv("POWER_LOSS_LOG");
  if (folder != NULL && path != NULL) log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* 0 for files that are not watched. */
static uint32_t file_of(int fd) {
  pthread_once(&once, begin);
  if (log_file < 0) return 0;
  char link[64];
  char path[1024];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  size_t prefix = strlen(folder);
  if (strncmp(path, folder, prefix) != 0) return 0;
  for (uint32_t index = 0; index < sizeof names / sizeof names[0]; index += 1)
    if (strcmp(path + prefix, names[index]) == 0) return index + 1;
  return 0;
}

static void put(uint32_t operation, uint32_t file, uint64_t offset, uint64_t length, const void *bytes) {
  struct record record = {operation, file, offset, length};
  pthread_mutex_lock(&mutex);
  (void)!real_write(log_file, &record, sizeof record);
  if (bytes != NULL && length > 0) (void)!real_write(log_file, bytes, length);
  pthread_mutex_unlock(&mutex);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  uint32_t file = file_of(fd);
  ssize_t written = real_pwrite(fd, bytes, length, offset);
  if (file != 0 && written > 0) put(OP_WRITE, file, (uint64_t)offset, (uint64_t)written, bytes);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

/* The recorded process says "ACK:" and two numbers (what, up to where); these bytes reach no file. */
ssize_t write(int fd, const void *bytes, size_t length) {
  pthread_once(&once, begin);
  if (log_file >= 0 && length == 12 && memcmp(bytes, "ACK:", 4) == 0) {
    uint32_t what;
    uint32_t upto;
    memcpy(&what, (const char *)bytes + 4, sizeof what);
    memcpy(&upto, (const char *)bytes + 8, sizeof upto);
    put(OP_ACKNOWLEDGE, what, upto, 0, NULL);
    return (ssize_t)length;
  }
  return real_write(fd, bytes, length);
}

int fdatasync(int fd) {
  uint32_t file = file_of(fd);
  int result = real_fdatasync(fd);
  if (file != 0 && result == 0) put(OP_SYNC, file, 0, 0, NULL);
  return result;
}

int fsync(int fd) {
  uint32_t file = file_of(fd);
  int result = real_fsync(fd);
  if (file != 0 && result == 0) put(OP_SYNC, file, 0, 0, NULL);
  return result;
}

int ftruncate64(int fd, off64_t length) {
  uint32_t file = file_of(fd);
  int result = real_ftruncate(fd, length);
  if (file != 0 && result == 0) put(OP_TRUNCATE, file, (uint64_t)length, 0, NULL);
  return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }
