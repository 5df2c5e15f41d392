import Kernel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A secret of this installation, kept in a file that only its owner may read (mode 0600), apart from the store.
enum KeyFile {
    static let keyBytes = 32

    enum Failure: Error, CustomStringConvertible {
        case unusable(path: String, errno: Int32)
        case wrongSize(path: String)
        var description: String {
            switch self {
            case .unusable(let path, let code): "the key file \(path) cannot be used: \(String(cString: strerror(code)))"
            case .wrongSize(let path): "the key file \(path) does not hold \(keyBytes) bytes"
            }
        }
    }

    /// Reads the key of `name` under `directory`, making it from random bytes when it is not there.
    /// - Throws: ``Failure``; a damaged key is never replaced, for what it sealed would be lost.
    static func key(_ name: String, in directory: String) throws -> [UInt8] {
        let folder = directory + "/keys"
        let path = folder + "/" + name
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Failure.unusable(path: folder, errno: errno) }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            guard errno == ENOENT else { throw Failure.unusable(path: path, errno: errno) }
            return try make(path)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: keyBytes + 1)
        guard read(file, &bytes, bytes.count) == keyBytes else { throw Failure.wrongSize(path: path) }
        return Array(bytes.prefix(keyBytes))
    }

    private static func make(_ path: String) throws -> [UInt8] {
        let bytes = Identifier.random(keyBytes)
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure.unusable(path: temporary, errno: errno) }
        defer { close(file) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(temporary, path) == 0 else {
            throw Failure.unusable(path: path, errno: errno)
        }
        return bytes
    }
}
