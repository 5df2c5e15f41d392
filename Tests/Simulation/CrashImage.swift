import Foundation

/// What a process that is killed leaves behind: the files as they are at that moment, and nothing that it still had in mind.
enum CrashImage {
    /// The database and its log belong together; everything else may be caught in the midst of a write.
    private static let database = ["tarn.db", "tarn.db-wal"]

    enum Failure: Error { case neverStill(String) }

    private struct Stamp: Equatable {
        var size: UInt64
        var modified: Date
    }

    /// Copies `source` to `target`, again where the database was written meanwhile.
    static func take(of source: String, to target: String) throws {
        let files = FileManager.default
        for _ in 0..<100 {
            let before = stamps(source)
            try? files.removeItem(atPath: target)
            try files.createDirectory(atPath: target, withIntermediateDirectories: true)
            for path in try files.subpathsOfDirectory(atPath: source) where !path.hasSuffix("-shm") && path != "LOCK" {
                var isDirectory: ObjCBool = false
                // What is gone by now was a temporary file.
                guard files.fileExists(atPath: "\(source)/\(path)", isDirectory: &isDirectory) else { continue }
                if isDirectory.boolValue {
                    try files.createDirectory(atPath: "\(target)/\(path)", withIntermediateDirectories: true)
                } else {
                    do { try files.copyItem(atPath: "\(source)/\(path)", toPath: "\(target)/\(path)") } catch {
                        if files.fileExists(atPath: "\(source)/\(path)") { throw error }
                    }
                }
            }
            if stamps(source) == before { return }
        }
        throw Failure.neverStill(source)
    }

    private static func stamps(_ directory: String) -> [Stamp?] {
        database.map { name in
            guard let found = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)"),
                let size = found[.size] as? UInt64, let modified = found[.modificationDate] as? Date
            else { return nil }
            return Stamp(size: size, modified: modified)
        }
    }
}
