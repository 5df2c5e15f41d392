#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes an archive's members under a directory of its own.
enum ArchiveUnpacker {
    /// - Parameter root: an existing, empty directory that nobody else writes to.
    /// - Throws: ``EngineFault/badArchive(_:)``; ``EngineFault/spawnFailed(_:)`` when the disk refuses.
    /// - Parameter replacing: files of an earlier archive give way to those of the same path.
    static func unpack(_ archive: ZipArchive, into root: String, replacing: Bool = false) throws {
        for member in archive.members where member.kind != .symbolicLink {
            let directory = member.kind == .directory ? member.path : member.path.dropLast()
            try makeDirectories(Array(directory), under: root)
            if replacing, member.kind == .file { unlink(path(member.path, under: root)) }
            if member.kind == .file { try write(member, of: archive, to: path(member.path, under: root)) }
        }
        // Links come last, so that nothing is written through one.
        for member in archive.members where member.kind == .symbolicLink {
            var target: [UInt8] = []
            try archive.unpack(member) { target.append(contentsOf: $0) }
            guard let text = String(validating: target, as: UTF8.self),
                ZipArchive.isInside(target: text, from: member.path.dropLast())
            else { throw EngineFault.badArchive("link leads outside") }
            try makeDirectories(member.path.dropLast(), under: root)
            if replacing { unlink(path(member.path, under: root)) }
            guard symlink(text, path(member.path, under: root)) == 0 else { throw failure("symlink") }
        }
    }

    private static func path(_ parts: [String], under root: String) -> String { ([root] + parts).joined(separator: "/") }

    private static func failure(_ what: String) -> EngineFault { .spawnFailed("\(what): \(String(cString: strerror(errno)))") }

    private static func makeDirectories(_ parts: [String], under root: String) throws {
        var directory = root
        for part in parts {
            directory += "/" + part
            guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure("mkdir") }
        }
    }

    private static func write(_ member: ZipArchive.Member, of archive: ZipArchive, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(member.mode | 0o400))
        guard file >= 0 else { throw failure("open") }
        defer { close(file) }
        try archive.unpack(member) { piece in
            var rest = piece
            while !rest.isEmpty {
                let count = Glibc.write(file, rest.baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw failure("write")
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
