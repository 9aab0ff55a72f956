// The native peer of the dense path figure: all pairs with up to two relays, costs of 32 bits packed with the relay, held
// in registers six rows by two vectors at a time. Reads n × n costs as int32 (−1 for none), prints the median in
// milliseconds, what the costs of all answers add up to, and the megabytes of its tables.
//
//   minplus N RUNS < costs

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 16
#else
#define WIDTH 8
#endif
#define ROWS 6
#define VECTORS 2
#define DEPTH 256

typedef int32_t vec __attribute__((vector_size(WIDTH * 4)));

#if defined(__AVX512F__)
#include <immintrin.h>
static inline vec least(vec a, vec b) { return (vec)_mm512_min_epi32((__m512i)a, (__m512i)b); }
#elif defined(__AVX2__)
#include <immintrin.h>
static inline vec least(vec a, vec b) { return (vec)_mm256_min_epi32((__m256i)a, (__m256i)b); }
#else
static inline vec least(vec a, vec b) {
  vec isLess = a < b;
  return (a & isLess) | (b & ~isLess);
}
#endif

// c[i][j] = min(c[i][j], a[i][k] + b[k][j]); rows are padded to `rows`, columns to `stride`.
static void product(int32_t *restrict c, const int32_t *restrict a, const int32_t *restrict b, int n, int rows, int stride) {
  for (int first = 0; first < n; first += DEPTH) {
    int end = first + DEPTH < n ? first + DEPTH : n;
    for (int j = 0; j < stride; j += VECTORS * WIDTH)
      for (int i = 0; i < rows; i += ROWS) {
        vec sums[ROWS][VECTORS];
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 16
          for (int x = 0; x < VECTORS; x++) sums[r][x] = *(vec *)&c[(i + r) * stride + j + x * WIDTH];
        for (int k = first; k < end; k++) {
          const vec *bs = (const vec *)(b + k * stride + j);
#pragma GCC unroll 16
          for (int r = 0; r < ROWS; r++) {
            vec one = a[(i + r) * stride + k] - (vec){};
#pragma GCC unroll 16
            for (int x = 0; x < VECTORS; x++) sums[r][x] = least(sums[r][x], one + bs[x]);
          }
        }
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 16
          for (int x = 0; x < VECTORS; x++) *(vec *)&c[(i + r) * stride + j + x * WIDTH] = sums[r][x];
      }
  }
}

static int bits;
static void stamp(int32_t *to, const int32_t *from, int n, int stride) {
  int32_t keep = -(1 << bits);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < stride; k++) to[i * stride + k] = (from[i * stride + k] & keep) | (k + 1);
}

static int byValue(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int n = atoi(argv[1]), runs = atoi(argv[2]);
  int stride = (n + VECTORS * WIDTH - 1) / (VECTORS * WIDTH) * (VECTORS * WIDTH);
  int rows = (n + ROWS - 1) / ROWS * ROWS;
  size_t octets = (size_t)(stride > rows ? stride : rows) * stride * 4;
  int32_t *tables[5];
  for (int t = 0; t < 5; t++) tables[t] = aligned_alloc(64, octets);
  int32_t *direct = tables[0], *stamped = tables[1], *one = tables[2], *oneStamped = tables[3], *two = tables[4];
  for (bits = 0; (1 << bits) < n + 1; bits++) {}
  int32_t none = (1 << 30) - (1 << bits);
  for (int t = 0; t < 5; t++)
    for (size_t i = 0; i < octets / 4; i++) tables[t][i] = none;
  int32_t *line = malloc(n * 4);
  for (int i = 0; i < n; i++) {
    if (fread(line, 4, n, stdin) != (size_t)n) return 3;
    for (int j = 0; j < n; j++)
      if (i != j && line[j] >= 0) direct[i * stride + j] = line[j] << bits;
  }
  double *took = malloc(runs * sizeof(double));
  for (int run = 0; run < runs; run++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    stamp(stamped, direct, n, stride);
    memcpy(one, direct, octets);
    product(one, stamped, direct, n, rows, stride);
    stamp(oneStamped, one, n, stride);
    memcpy(two, direct, octets);
    product(two, oneStamped, direct, n, rows, stride);
    clock_gettime(CLOCK_MONOTONIC, &end);
    took[run] = (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
  }
  qsort(took, runs, sizeof(double), byValue);
  uint64_t sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      if (i != j) sum += two[i * stride + j] >> bits;
  printf("{\"ms\":%.6f,\"sum\":%llu,\"mb\":%.3f}\n", took[runs / 2], (unsigned long long)sum, 5 * octets / 1e6);
  return 0;
}
