import Kernel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The two files of a Select: the object's bytes as the worker reads them, and its answer. They lie in the data directory,
/// for their owner's eyes, and go with the request.
final class SelectFiles: Sendable {
    let source: String
    let result: String

    /// - Throws: ``SelectFault/failed`` where there is no room.
    init(_ platform: Platform) throws {
        let folder = Self.folder(platform)
        mkdir(folder, 0o700)
        guard let resolved = realpath(folder, nil) else { throw SelectFault.failed }
        defer { free(resolved) }
        let id = Identifier.uuid()
        (source, result) = ("\(String(cString: resolved))/\(id).in", "\(String(cString: resolved))/\(id).out")
    }

    deinit {
        unlink(source)
        unlink(result)
    }

    private static func folder(_ platform: Platform) -> String { platform.configuration.dataDirectory + "/select" }

    /// Takes away what a process that was killed has left.
    static func sweep(_ platform: Platform) {
        let folder = folder(platform)
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".in") || name.hasSuffix(".out") { unlink("\(folder)/\(name)") }
        }
    }

    func write(_ stream: ByteStream) async throws {
        let descriptor = open(source, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SelectFault.failed }
        defer { close(descriptor) }
        for try await piece in stream {
            var rest = piece[...]
            while !rest.isEmpty {
                #if canImport(Glibc)
                    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                #else
                    let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
                #endif
                guard count > 0 else { throw SelectFault.failed }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// The bytes of the answer from `offset` on, at most `count`.
    func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        let descriptor = open(result, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SelectFault.failed }
        defer { close(descriptor) }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            guard got >= 0 else { throw SelectFault.failed }
            filled = got
        }
    }
}
