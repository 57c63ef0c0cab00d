/* A machine whose clock is off by SKEW_SECONDS: loaded before the C library, it answers for the time of day alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*ask)(clockid_t, struct timespec *);
    if (!ask) ask = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = ask(clock, now);
    const char *skew = getenv("SKEW_SECONDS");
    if (answer == 0 && clock == CLOCK_REALTIME && skew) now->tv_sec += atol(skew);
    return answer;
}
