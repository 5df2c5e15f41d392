/// Why a function can't run at all. What goes wrong inside a running function is an outcome, not a fault.
public enum EngineFault: Error, Sendable, Equatable {
    /// The bytes are not a zip archive, or one with tricks in it. The reason is for the log.
    case badArchive(String)
    /// Unpacked, the archive is larger than ``ArchiveLimit/unpackedSize``.
    case archiveTooLarge
    /// No room for another invocation: neither a free environment nor a place in the queue.
    case saturated
    /// The function's own reserved concurrency is used up.
    case reservedConcurrencyExceeded
    case unsupportedRuntime(String)
    /// The program that runs this runtime is not installed; the text names the command that installs it.
    case runtimeMissing(String)
    /// The child process could not be started.
    case spawnFailed(String)
    /// The function's code is another one than when it was looked up.
    case replaced
    case stopping
}
