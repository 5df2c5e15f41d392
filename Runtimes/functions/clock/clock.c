// Preloaded into the processes of a function, so that they see the platform's clock after `tarn clock advance`:
// TARN_CLOCK_OFFSET_MICROSECONDS is added to the time of day. The monotonic clock stays the machine's, so that timeouts
// and durations hold; waits until a time of day are taken back to the machine's.
//
// Not libfaketime: Debian's 0.9.10 makes Python's time.sleep() fail when it leaves the monotonic clock alone, and waits
// on locks hang when it does not.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

// A condition variable may wait on either clock, and does not tell which. A monotonic time, counted from the machine's
// start, never reaches this (1990); a time of day always does.
#define TIME_OF_DAY_MIN 631152000L
#define MICRO 1000000L
#define NANO 1000000000L

static long offset_seconds, offset_nanoseconds;

__attribute__((constructor)) static void read_offset(void) {
    const char *text = getenv("TARN_CLOCK_OFFSET_MICROSECONDS");
    long offset = text ? strtol(text, NULL, 10) : 0;
    if (offset < 0) offset = 0;
    offset_seconds = offset / MICRO;
    offset_nanoseconds = offset % MICRO * 1000;
}

static int is_time_of_day(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM;
}

// The function of this name that would have been called without us.
#define NEXT(type, name)                                                  \
    static type next;                                                     \
    type found = __atomic_load_n(&next, __ATOMIC_ACQUIRE);                \
    if (!found) {                                                         \
        found = (type)find(name);                                         \
        __atomic_store_n(&next, found, __ATOMIC_RELEASE);                 \
    }

static void *find(const char *name) {
    // pthread_cond_timedwait has an older version of another layout; the newer is wanted.
    void *symbol = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    if (!symbol) symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) abort();
    return symbol;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    typedef int (*call)(clockid_t, struct timespec *);
    NEXT(call, "clock_gettime")
    int code = found(clock, time);
    if (code == 0 && is_time_of_day(clock)) {
        time->tv_sec += offset_seconds;
        time->tv_nsec += offset_nanoseconds;
        if (time->tv_nsec >= NANO) {
            time->tv_sec += 1;
            time->tv_nsec -= NANO;
        }
    }
    return code;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    if (zone) {
        struct timezone *utc = zone;
        utc->tz_minuteswest = utc->tz_dsttime = 0;
    }
    int code = clock_gettime(CLOCK_REALTIME, &now);
    if (code == 0) {
        time->tv_sec = now.tv_sec;
        time->tv_usec = now.tv_nsec / 1000;
    }
    return code;
}

time_t time(time_t *result) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
    if (base != TIME_UTC) return 0;
    return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

// A moment of the moved time of day, on the machine's clock.
static struct timespec machine_time(const struct timespec *moved) {
    struct timespec time = {moved->tv_sec - offset_seconds, moved->tv_nsec - offset_nanoseconds};
    if (time.tv_nsec < 0) {
        time.tv_sec -= 1;
        time.tv_nsec += NANO;
    }
    if (time.tv_sec < 0) time = (struct timespec){0, 0};
    return time;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest) {
    typedef int (*call)(clockid_t, int, const struct timespec *, struct timespec *);
    NEXT(call, "clock_nanosleep")
    if (!(flags & TIMER_ABSTIME) || !is_time_of_day(clock)) return found(clock, flags, time, rest);
    struct timespec due = machine_time(time);
    return found(clock, flags, &due, rest);
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict time) {
    typedef int (*call)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    NEXT(call, "pthread_cond_timedwait")
    if (time->tv_sec < TIME_OF_DAY_MIN) return found(condition, mutex, time);
    struct timespec due = machine_time(time);
    return found(condition, mutex, &due);
}

int pthread_cond_clockwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict time) {
    typedef int (*call)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    NEXT(call, "pthread_cond_clockwait")
    if (!is_time_of_day(clock)) return found(condition, mutex, clock, time);
    struct timespec due = machine_time(time);
    return found(condition, mutex, clock, &due);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time) {
    typedef int (*call)(pthread_mutex_t *, const struct timespec *);
    NEXT(call, "pthread_mutex_timedlock")
    struct timespec due = machine_time(time);
    return found(mutex, &due);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time) {
    typedef int (*call)(sem_t *, const struct timespec *);
    NEXT(call, "sem_timedwait")
    struct timespec due = machine_time(time);
    return found(semaphore, &due);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time) {
    typedef int (*call)(sem_t *, clockid_t, const struct timespec *);
    NEXT(call, "sem_clockwait")
    if (!is_time_of_day(clock)) return found(semaphore, clock, time);
    struct timespec due = machine_time(time);
    return found(semaphore, clock, &due);
}
