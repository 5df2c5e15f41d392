#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds the repository that this command belongs to: set-up's results, runtimes and blueprints are in it.
enum Home {
    struct NotFound: Error, CustomStringConvertible {
        var description: String {
            "Tarn's home (the directory with Runtimes/ and Blueprints/) was not found above the command; set TARN_HOME to it."
        }
    }

    /// `TARN_HOME`, else the first directory above the executable that has `Runtimes/`.
    static func find() throws -> String {
        if let home = getenv("TARN_HOME") { return String(cString: home) }
        var path = try executable().split(separator: "/").dropLast().map(String.init)
        while !path.isEmpty {
            let candidate = "/" + path.joined(separator: "/")
            if access(candidate + "/Runtimes", F_OK) == 0, access(candidate + "/Blueprints", F_OK) == 0 { return candidate }
            path.removeLast()
        }
        throw NotFound()
    }

    static func executable() throws -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw NotFound() }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
