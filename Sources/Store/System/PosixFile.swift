#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An open file. Closed when the last holder lets go, so a file may be read on after it was removed or evicted.
final class PosixFile: Sendable {
    enum Mode { case read, readWrite, create, createNew }

    let path: String
    let descriptor: Int32

    init(_ path: String, _ mode: Mode) throws {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        self.path = path
        descriptor = try Posix.retrying("open", path) { open(path, flags | O_CLOEXEC, 0o600) }
    }

    deinit { close(descriptor) }

    func size() throws -> Int {
        var status = stat()
        _ = try Posix.retrying("stat", path) { fstat(descriptor, &status) }
        return Int(status.st_size)
    }

    /// When the file's bytes last changed, by the file system's clock, in nanoseconds since 1970.
    func modified() throws -> Int {
        var status = stat()
        _ = try Posix.retrying("stat", path) { fstat(descriptor, &status) }
        #if canImport(Darwin)
            return status.st_mtimespec.tv_sec * 1_000_000_000 + status.st_mtimespec.tv_nsec
        #else
            return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
        #endif
    }

    /// Writes all of `bytes` at `offset`, or throws.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = try Posix.retrying("write", path) {
                pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            written += count
        }
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let read = try Posix.retrying("read", path) {
                    pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                }
                guard read > 0 else { return }
                filled += read
            }
        }
    }

    /// Fills `buffer` with the bytes from `offset` on.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let read = try Posix.retrying("read", path) {
                pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
            }
            guard read > 0 else { throw StoreError.corrupt("\(path) is shorter than it was") }
            filled += read
        }
    }

    /// As ``read(into:at:)``, without ever waiting for a disk.
    /// - Returns: false if the bytes are not all in the system's memory; then what `buffer` holds means nothing.
    func readFromMemory(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        guard let read = Posix.readWithoutWaiting else { return false }
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            var piece = iovec(iov_base: rest.baseAddress, iov_len: rest.count)
            let count = read(descriptor, &piece, 1, off_t(offset + filled), Posix.withoutWaiting)
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }

    func truncate(to size: Int) throws { _ = try Posix.retrying("truncate", path) { ftruncate(descriptor, off_t(size)) } }

    /// Returns when the bytes and what is needed to find them are on stable storage.
    func sync() throws {
        #if canImport(Darwin)
            _ = try Posix.retrying("fsync", path) { fcntl(descriptor, F_FULLFSYNC) }
        #else
            _ = try Posix.retrying("fdatasync", path) { fdatasync(descriptor) }
        #endif
    }

    /// Takes the file for this process alone; false if another holds it.
    func lockExclusively() throws -> Bool {
        do {
            _ = try Posix.retrying("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch StoreError.backend(code: Int(EWOULDBLOCK), message: _) {
            return false
        }
    }
}

/// File system calls with typed errors: a full disk is ``StoreError/full``, all else ``StoreError/backend(code:message:)``
/// with errno as its code.
enum Posix {
    static let notFound = Int(ENOENT)

    typealias PositionedRead = @convention(c) (Int32, UnsafeMutablePointer<iovec>?, Int32, off_t, Int32) -> Int
    /// `RWF_NOWAIT` of preadv2(2).
    static let withoutWaiting: Int32 = 8
    /// preadv2(2) where the system has it (Linux). It is looked up by name: the C library's headers show it to programs
    /// that ask for GNU's additions only.
    static let readWithoutWaiting: PositionedRead? = {
        #if os(Linux)
            return dlsym(nil, "preadv2").map { unsafeBitCast($0, to: PositionedRead.self) }
        #else
            return nil
        #endif
    }()

    static func retrying<Value: SignedInteger>(_ operation: String, _ path: String, _ call: () -> Value) throws -> Value {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code == EINTR { continue }
            if code == ENOSPC || code == EDQUOT { throw StoreError.full }
            throw StoreError.backend(code: Int(code), message: "\(operation) \(path): \(String(cString: strerror(code)))")
        }
    }

    /// Makes the directory and those above it, durably.
    /// - Returns: whether it had to be made.
    @discardableResult
    static func makeDirectory(_ path: String) throws -> Bool {
        if try isDirectory(path) { return false }
        let parent = parentDirectory(path)
        if parent != path { try makeDirectory(parent) }
        do {
            _ = try retrying("mkdir", path) { mkdir(path, 0o700) }
        } catch StoreError.backend(code: Int(EEXIST), message: _) {
            // Another thread was faster, or a file is in the way.
            guard try isDirectory(path) else {
                throw StoreError.backend(code: Int(ENOTDIR), message: "\(path) is not a directory")
            }
        }
        try syncDirectory(parent)
        return true
    }

    static func parentDirectory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path == "." ? path : "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func isDirectory(_ path: String) throws -> Bool {
        var status = stat()
        do {
            _ = try retrying("stat", path) { stat(path, &status) }
        } catch StoreError.backend(code: notFound, message: _) {
            return false
        }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the directory's entries (created, renamed, removed) durable.
    static func syncDirectory(_ path: String) throws {
        let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        _ = try retrying("fsync", path) { fsync(descriptor) }
    }

    static func rename(_ old: String, to new: String) throws {
        #if canImport(Darwin)
            _ = try retrying("rename", new) { Darwin.rename(old, new) }
        #elseif canImport(Musl)
            _ = try retrying("rename", new) { Musl.rename(old, new) }
        #else
            _ = try retrying("rename", new) { Glibc.rename(old, new) }
        #endif
    }

    /// Removes a file.
    /// - Returns: false if there was none.
    @discardableResult
    static func remove(_ path: String) throws -> Bool {
        do {
            _ = try retrying("unlink", path) { unlink(path) }
            return true
        } catch StoreError.backend(code: notFound, message: _) {
            return false
        }
    }

    static func removeDirectory(_ path: String) throws { _ = try retrying("rmdir", path) { rmdir(path) } }

    /// The names in a directory, sorted, without `.` and `..`; none if there is no such directory.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            let code = errno
            if code == ENOENT { return [] }
            throw StoreError.backend(code: Int(code), message: "opendir \(path): \(String(cString: strerror(code)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        let code = errno
        guard code == 0 else {
            throw StoreError.backend(code: Int(code), message: "readdir \(path): \(String(cString: strerror(code)))")
        }
        return names.sorted()
    }
}
