import CSQLite

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file system for SQLite that gathers what is written to a write-ahead log and hands it to the system in one call.
///
/// SQLite writes each page of a commit with two calls, its header and the page: ten to a hundred for a batch, which take
/// longer than the bytes do. Here they gather until the commit's flush, or until anything else is asked of the log. All else
/// is the file system's below, and so are the database file and every other.
///
/// Only for a connection with synchronous=FULL: each commit ends with a flush, so its pages are in the file before a reader
/// hears of them.
/// Source: https://sqlite.org/vfs.html ("Shims"), https://sqlite.org/c3ref/io_methods.html
enum GatheringVFS {
    static let name = "tarn-gathering"

    private typealias VFS = UnsafeMutablePointer<sqlite3_vfs>

    /// What SQLite said when it was told of this file system.
    static let registration: Int32 = {
        guard let below = sqlite3_vfs_find(SQLiteConnection.fileSystem) else { return SQLITE_ERROR }
        // Never freed: SQLite keeps it as long as the process lives.
        let vfs = VFS.allocate(capacity: 1)
        vfs.initialize(to: below.pointee)
        vfs.pointee.iVersion = 2
        vfs.pointee.szOsFile = Int32(GatheringFile.size) + below.pointee.szOsFile
        vfs.pointee.pNext = nil
        vfs.pointee.zName = strdup(name).map { UnsafePointer($0) }
        vfs.pointee.pAppData = UnsafeMutableRawPointer(below)
        vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
            let below = GatheringVFS.below(vfs)
            guard flags & SQLITE_OPEN_WAL != 0, let file else {
                return below?.pointee.xOpen?(below, path, file, flags, outFlags) ?? SQLITE_CANTOPEN
            }
            return GatheringFile.open(file) { below?.pointee.xOpen?(below, path, $0, flags, outFlags) ?? SQLITE_CANTOPEN }
        }
        vfs.pointee.xDelete = { vfs, path, syncs in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xDelete?(below, path, syncs) ?? SQLITE_IOERR
        }
        vfs.pointee.xAccess = { vfs, path, flags, result in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xAccess?(below, path, flags, result) ?? SQLITE_IOERR
        }
        vfs.pointee.xFullPathname = { vfs, path, count, full in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xFullPathname?(below, path, count, full) ?? SQLITE_CANTOPEN
        }
        vfs.pointee.xRandomness = { vfs, count, bytes in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xRandomness?(below, count, bytes) ?? 0
        }
        vfs.pointee.xSleep = { vfs, microseconds in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xSleep?(below, microseconds) ?? 0
        }
        vfs.pointee.xCurrentTimeInt64 = { vfs, time in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xCurrentTimeInt64?(below, time) ?? SQLITE_ERROR
        }
        vfs.pointee.xGetLastError = { vfs, count, text in
            let below = GatheringVFS.below(vfs)
            return below?.pointee.xGetLastError?(below, count, text) ?? 0
        }
        return sqlite3_vfs_register(vfs, 0)
    }()

    private static func below(_ vfs: VFS?) -> VFS? { vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self) }
}
