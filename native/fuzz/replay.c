// Runs a fuzz entry point over seeds and over mutations of them, where libFuzzer is not at hand.
// replay MUTATIONS SEED-FILE...   Each input is copied to a block of its exact size, so that ASan sees any
// overread.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { SEED_MAX = 4096 };
static uint64_t state = 0x1234567;

static uint32_t next(uint32_t bound) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(state >> 33) % bound;
}

static void run(const uint8_t *bytes, size_t length) {
  uint8_t *exact = malloc(length ? length : 1);
  if (!exact) abort();
  memcpy(exact, bytes, length);
  LLVMFuzzerTestOneInput(exact, length);
  free(exact);
}

static void mutate(const uint8_t *seed, size_t length) {
  uint8_t bytes[SEED_MAX + 64];
  memcpy(bytes, seed, length);
  for (uint32_t edits = 1 + next(6); edits; edits -= 1) {
    const uint32_t kind = next(5);
    if (kind == 0 && length)
      length = next((uint32_t)length + 1);
    else if (kind == 1 && length < SEED_MAX)
      bytes[length++] = (uint8_t)next(256);
    else if (kind == 2 && length)
      bytes[next((uint32_t)length)] = (uint8_t)(next(2) ? 0xff : 0);
    else if (kind == 3 && length)
      bytes[next((uint32_t)length)] ^= (uint8_t)(1u << next(8));
    else if (length)
      bytes[next((uint32_t)length)] = (uint8_t)next(256);
  }
  run(bytes, length);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const long mutations = strtol(arguments[1], NULL, 10);
  for (int i = 2; i < count; i += 1) {
    static uint8_t seed[SEED_MAX];
    FILE *file = fopen(arguments[i], "rb");
    if (!file) return 2;
    const size_t length = fread(seed, 1, sizeof seed, file);
    fclose(file);
    run(seed, length);
    for (long m = 0; m < mutations; m += 1) mutate(seed, length);
  }
  printf("%ld inputs\n", (count - 2) * (mutations + 1));
  return 0;
}
