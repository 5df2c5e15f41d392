import CSQLite

/// One connection to the database file and its prepared statements. Used by one thread at a time: the writer's own, or
/// whoever holds it from the readers' pool.
final class SQLiteConnection: @unchecked Sendable {  // handed from thread to thread under the pool's lock, never shared
    private let handle: OpaquePointer
    private var idleScans: [[SQLiteStatement]] = [[], []]
    private let walPages: UnsafeMutablePointer<Int32>
    private var isClosed = false
    private var cached: [SQLiteStatement?] = Array(repeating: nil, count: Cached.allCases.count)

    /// The directory belongs to this process (``DirectoryLock``), so the connections need no system call to lock each other
    /// out.
    static let fileSystem = "unix-excl"

    /// - Parameters:
    ///   - cacheSize: of the page cache, in KiB.
    ///   - gathers: writes a commit's pages in one call (``GatheringVFS``); the connection must flush every commit.
    init(path: String, readOnly: Bool, cacheSize: Int, gathers: Bool = false) throws {
        if gathers, GatheringVFS.registration != SQLITE_OK { throw SQLiteError.of(GatheringVFS.registration, nil) }
        var handle: OpaquePointer?
        let flags = (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, gathers ? GatheringVFS.name : Self.fileSystem)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError.of(code, handle)
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        walPages = .allocate(capacity: 1)
        walPages.initialize(to: 0)
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 5_000)
        try execute("PRAGMA cache_size = -\(cacheSize)")
        try execute("PRAGMA temp_store = MEMORY")
    }

    deinit {
        close()
        walPages.deallocate()
    }

    /// Closes now rather than when the last holder lets go. No other call may follow.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        for statement in idleScans.joined() { statement.finalize() }
        for statement in cached { statement?.finalize() }
        sqlite3_close_v2(handle)
    }

    /// The statements that live as long as the connection.
    enum Cached: Int, CaseIterable {
        case select, upsert, delete, deleteRange, beginRead, beginWrite, commit, savepoint, release, rollbackToSavepoint

        var sql: String {
            switch self {
            case .select: "SELECT value FROM kv WHERE key = ?1"
            case .upsert: "INSERT INTO kv (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            case .delete: "DELETE FROM kv WHERE key = ?1"
            case .deleteRange: "DELETE FROM kv WHERE key >= ?1 AND key < ?2"
            case .beginRead: "BEGIN DEFERRED"
            case .beginWrite: "BEGIN IMMEDIATE"
            case .commit: "COMMIT"
            case .savepoint: "SAVEPOINT body"
            case .release: "RELEASE body"
            case .rollbackToSavepoint: "ROLLBACK TO body"
            }
        }
    }

    /// A cached statement, prepared when it is first asked for.
    func statement(_ name: Cached) throws -> SQLiteStatement {
        if let statement = cached[name.rawValue] { return statement }
        let statement = try prepare(name.sql)
        cached[name.rawValue] = statement
        return statement
    }

    func run(_ name: Cached) throws { try statement(name).run() }

    func execute(_ sql: String) throws {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError.of(code, handle) }
    }

    func prepare(_ sql: String) throws -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw SQLiteError.of(code, handle) }
        return SQLiteStatement(statement, connection: handle)
    }

    /// Whether a transaction is open. SQLite ends one by itself on some errors (a full disk, I/O).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func rollback() throws { if isInTransaction { try execute("ROLLBACK") } }

    /// Lends a statement for one scan. Each running scan has its own, so that scans nest.
    func withScan<Result>(reverse: Bool, _ body: (SQLiteStatement) throws -> Result) throws -> Result {
        let slot = reverse ? 1 : 0
        let order = reverse ? "DESC" : "ASC"
        let statement =
            try idleScans[slot].popLast()
            ?? prepare("SELECT key, value FROM kv WHERE key >= ?1 AND key < ?2 ORDER BY key \(order) LIMIT ?3")
        defer {
            statement.reset()
            if idleScans[slot].count < Limit.idleScansMax { idleScans[slot].append(statement) } else { statement.finalize() }
        }
        return try body(statement)
    }

    // MARK: The write-ahead log

    /// Takes over checkpoints from SQLite: afterwards ``walSize`` tells the log's length after each commit.
    func watchWAL() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, walPages)
    }

    /// The write-ahead log's length in pages after the last commit.
    var walSize: Int {
        get { Int(walPages.pointee) }
        set { walPages.pointee = Int32(newValue) }
    }

    enum Checkpoint {
        /// As far as readers allow.
        case passive
        /// Waits for readers of the log, so that the next commit writes it from its start.
        case restart
        /// As restart, and cuts the file to nothing.
        case truncate
    }

    /// Copies the log into the database file.
    /// - Returns: false if a reader was in the way.
    func checkpoint(_ checkpoint: Checkpoint) throws -> Bool {
        guard let log = try copyLog(checkpoint) else { return false }
        return log.pages == log.copied
    }

    /// As ``checkpoint(_:)``.
    /// - Returns: how many pages the log had, and how many of them have been copied, now or before; nil if a reader was in
    ///   the way.
    func copyLog(_ checkpoint: Checkpoint) throws -> (pages: Int, copied: Int)? {
        let mode =
            switch checkpoint {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        var pages: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, &pages, &copied)
        if code & 0xFF == SQLITE_BUSY { return nil }
        guard code == SQLITE_OK else { throw SQLiteError.of(code, handle) }
        return (Int(pages), Int(copied))
    }

    /// Flushes what is written of the database file, without a transaction.
    /// Source: https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html (SQLITE_FCNTL_FILE_POINTER)
    func flushDatabase() throws {
        var file: UnsafeMutablePointer<sqlite3_file>?
        var code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        if code == SQLITE_OK, let file, let methods = file.pointee.pMethods {
            code = methods.pointee.xSync?(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) ?? SQLITE_IOERR
        }
        guard code == SQLITE_OK else { throw SQLiteError.of(code, handle) }
    }

    private enum Limit {
        static let idleScansMax = 4
    }
}
