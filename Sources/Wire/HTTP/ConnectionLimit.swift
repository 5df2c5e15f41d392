#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many connections the front door takes at once. The rest of the process needs open files too: were they all
/// connections, nothing could be read for those who wait on them.
enum ConnectionLimit {
    /// As many as ``Limit/connections``, and half of the process's open files at most; these are raised first, as far as the
    /// system lets it: a shell's usual 1,024 are few.
    static func set() -> Int { min(Limit.connections, raiseOpenFiles(to: 2 * Limit.connections) / 2) }

    /// - Returns: how many files the process may have open, `wanted` if it can't be asked.
    private static func raiseOpenFiles(to wanted: Int) -> Int {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return wanted }
        guard limit.rlim_cur < rlim_t(wanted) else { return wanted }
        var raised = limit
        raised.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        return Int(setrlimit(resource, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur)
    }
}
