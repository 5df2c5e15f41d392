import Crypto
import Documents
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// By which a data directory knows its root key again; it tells nothing about the key.
private struct RootKeyCheck: Stored {
    static let tag: UInt8 = 1
    var check: [UInt8]
    static let key = Key(.rootKeyCheck)
}

extension RootKey {
    /// The root key of a data directory. A new directory takes the key it finds, or has one made; one that was used before
    /// opens with its own key only.
    /// - Throws: ``RootKeyRefused``; a missing key is never replaced, for what it sealed would be lost.
    public static func open(
        _ source: RootKeySource, dataDirectory: String, store: any KeyValueStore
    ) async throws -> RootKey {
        let known = try await store.read { try $0.record(RootKeyCheck.self, RootKeyCheck.key) }
        let (key, name) = try key(source, dataDirectory, isKnown: known != nil)
        let check = key.derived("root key check")
        if let known {
            guard ConstantTime.equal(known.check, check) else {
                throw RootKeyRefused.wrong(source: name, directory: dataDirectory)
            }
        } else {
            try await store.write { try $0.put(RootKeyCheck.key, RootKeyCheck(check: check)) }
        }
        return key
    }

    private static func key(
        _ source: RootKeySource, _ directory: String, isKnown: Bool
    ) throws(RootKeyRefused) -> (RootKey, name: String) {
        let path: String
        switch source {
        case .text(let text):
            guard let key = RootKey(text: text) else { throw .notAKey(source: RootKeySource.variable) }
            return (key, RootKeySource.variable)
        case .token(let uri, let pin):
            do { return (try RootKeyToken.key(uri, pin: pin), uri.name) } catch { throw .token(error) }
        case .file(let named): path = named
        case .beside:
            var trimmed = directory
            while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
            path = trimmed + ".root-key"
        }
        if let key = try RootKeyFile.read(path) { return (key, path) }
        guard !isKnown else { throw .missing(path: path, directory: directory) }
        return (try RootKeyFile.make(path), path)
    }

    init?(text: String) {
        var trimmed = Substring(text)
        while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
        guard let bytes = Base64.decode(String(trimmed)) else { return nil }
        self.init(bytes: bytes)
    }
}

/// The root key in a file that only its owner may read (mode 0600): its base64 text on one line.
enum RootKeyFile {
    private static let bytesMax = 256

    /// - Returns: nil when there is no such file.
    static func read(_ path: String) throws(RootKeyRefused) -> RootKey? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            guard errno == ENOENT else { throw failure(path) }
            return nil
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path) }
        guard status.st_mode & 0o077 == 0 else { throw .readableByOthers(path: path) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        #if canImport(Glibc)
            let count = Glibc.read(file, &bytes, bytes.count)
        #else
            let count = Darwin.read(file, &bytes, bytes.count)
        #endif
        guard count >= 0 else { throw failure(path) }
        guard let key = RootKey(text: String(decoding: bytes.prefix(count), as: UTF8.self)) else { throw .notAKey(source: path) }
        return key
    }

    /// Makes a key; it is on stable storage under its name when this returns.
    static func make(_ path: String) throws(RootKeyRefused) -> RootKey {
        let key = RootKey.random()
        let temporary = path + ".new"
        let text = Array((key.base64 + "\n").utf8)
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(temporary) }
        defer { close(file) }
        guard write(file, text, text.count) == text.count, fsync(file) == 0, rename(temporary, path) == 0 else {
            throw failure(path)
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw failure(folder) }
        defer { close(parent) }
        guard fsync(parent) == 0 else { throw failure(folder) }
        return key
    }

    private static func failure(_ path: String) -> RootKeyRefused {
        .unusable(path: path, reason: String(cString: strerror(errno)))
    }
}
