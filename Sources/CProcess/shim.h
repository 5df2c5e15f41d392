#ifndef TARN_CPROCESS_SHIM_H
#define TARN_CPROCESS_SHIM_H

#include <spawn.h>
#include <unistd.h>

// glibc (2.34 and later) has these, but shows them only under _GNU_SOURCE, which Swift's module of it does not set.
extern int pipe2(int descriptors[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

#endif
