// Runs a function with its layers under /opt: `tarnopt DIRECTORY PROGRAM [ARGUMENT...]`.
//
// The program gets a mount namespace of its own, in which DIRECTORY is bound over /opt; as an ordinary user it needs a user
// namespace for that, in which it stays who it was. Where the system gives neither, or has no /opt, the program runs without:
// runtimes find their layers by paths too.
// https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

static int put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = (ssize_t)strlen(text), written = write(file, text, (size_t)length);
    return close(file) == 0 && written == length ? 0 : -1;
}

static int mounts_of_its_own(void) {
    if (unshare(CLONE_NEWNS) == 0) return 0;
    unsigned user = getuid(), group = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return -1;
    char map[64];
    if (put("/proc/self/setgroups", "deny") != 0) return -1;
    snprintf(map, sizeof map, "%u %u 1", user, user);
    if (put("/proc/self/uid_map", map) != 0) return -1;
    snprintf(map, sizeof map, "%u %u 1", group, group);
    return put("/proc/self/gid_map", map);
}

int main(int count, char **words) {
    if (count < 3) {
        fputs("usage: tarnopt DIRECTORY PROGRAM [ARGUMENT...]\n", stderr);
        return 64;
    }
    // A change of credentials may clear it.
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    // Private first: what is mounted here is nobody else's.
    if (mounts_of_its_own() == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        (void)mount(words[1], "/opt", NULL, MS_BIND | MS_REC, NULL);
    if (signal != 0) prctl(PR_SET_PDEATHSIG, signal);
    execv(words[2], words + 2);
    perror(words[2]);
    return 127;
}
