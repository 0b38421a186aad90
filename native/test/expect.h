// A test is a program that exits with the number of expectations that did not hold.
#ifndef IST_EXPECT_H
#define IST_EXPECT_H
#include <stdio.h>

static int failures;
#define EXPECT(condition)                                                                                    \
  do {                                                                                                       \
    if (condition) break;                                                                                    \
    fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                                 \
    failures += 1;                                                                                           \
  } while (0)
#endif
