import Foundation

/// Directories of environments and unpacked packages.
enum DirectoryTree {
    static func make(_ path: String) throws(EngineFault) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw .spawnFailed("directory \(path): \(error)") }
    }

    /// Removes a directory with all in it. What can't be removed now goes at the next start, which begins with an empty one.
    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func move(_ path: String, to target: String) throws { try FileManager.default.moveItem(atPath: path, toPath: target) }
}
