/// The embedded store: SQLite in WAL mode, one table of keys and values, behind one writer with group commit.
///
/// Invariants: the directory belongs to one process (``DirectoryLock``). All writes pass through one thread
/// (``SQLiteWriter``), so transactions are serial in the order of their commits, and each is flushed (synchronous=FULL)
/// before its caller hears of it. Reads (``SQLiteReaders``) see a snapshot at least as new as the last answered write;
/// single records come from memory where they can (``RecordCache``).
/// The log is copied into the database beside the writer (``SQLiteCheckpointer``), and by the writer itself when that falls
/// behind, so it does not grow without bound.
///
/// Sources: https://sqlite.org/wal.html, https://sqlite.org/withoutrowid.html ("When To Use WITHOUT ROWID"),
/// https://sqlite.org/lang_savepoint.html
public final class SQLiteStore: KeyValueStore {
    /// Sizes, in KiB, of page caches. They are filled only by use.
    private enum Cache {
        static let writer = 4_096
        static let reader = 4_096
    }

    private enum Limit {
        static let readers = 2...8
    }

    private let readers: SQLiteReaders
    private let writer: SQLiteWriter
    private let gate = AsyncGate(capacity: SQLiteWriter.Limit.jobsMax)

    /// Opens the store in `directory`, which is made if it is missing. Blocks while the log of a crashed process is read.
    /// - Throws: ``StoreError/inUse(directory:)``, ``StoreError/newer(type:tag:)``, ``StoreError/full``, ...
    public static func open(directory: String) throws -> SQLiteStore { try open(directory: directory, pagesMax: nil) }

    /// - Parameter pagesMax: the most pages the database may have: a full disk, for tests.
    static func open(directory: String, pagesMax: Int?) throws -> SQLiteStore {
        try Posix.makeDirectory(directory)
        let lock = try DirectoryLock(directory: directory)
        let path = directory + "/tarn.db"
        let connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: Cache.writer, gathers: true)
        try connection.prepareForWriting()
        if let pagesMax { try connection.execute("PRAGMA max_page_count = \(pagesMax)") }
        try Posix.syncDirectory(directory)
        // It reads nothing: a checkpoint has a page of its own and asks for no cache.
        let second = try SQLiteConnection(path: path, readOnly: false, cacheSize: 0)
        try second.requireFlush()
        let readers = min(max(PosixThread.processors, Limit.readers.lowerBound), Limit.readers.upperBound)
        let records = RecordCache()
        return SQLiteStore(
            SQLiteReaders(path: path, count: readers, cacheSize: Cache.reader, records),
            try SQLiteWriter(connection, try SQLiteCheckpointer(second), records, lock: lock))
    }

    private init(_ readers: SQLiteReaders, _ writer: SQLiteWriter) {
        self.readers = readers
        self.writer = writer
    }

    deinit { writer.stop() }

    public func write<Result: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Result) async throws -> Result {
        await gate.acquire()
        defer { gate.release() }
        return try await withCheckedThrowingContinuation { continuation in
            let job = SQLiteWriter.Job(
                run: { transaction in
                    let result = try body(transaction)
                    return { continuation.resume(returning: result) }
                }, fail: { continuation.resume(throwing: $0) })
            if !writer.enqueue(job) { continuation.resume(throwing: StoreError.closed) }
        }
    }

    public func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        try await readers.read(body)
    }

    public func close() async {
        await gate.acquire(gate.capacity)
        writer.stop()
        gate.release(gate.capacity)
        await readers.close()
        await writer.stopped()
    }
}

extension SQLiteConnection {
    /// Commits and checkpoints reach stable storage before they return.
    fileprivate func requireFlush() throws {
        try execute("PRAGMA synchronous = FULL")
        // macOS: fsync alone does not reach the platter. No effect elsewhere.
        try execute("PRAGMA fullfsync = ON")
        try execute("PRAGMA checkpoint_fullfsync = ON")
    }

    /// Sets the database up, once per opening, and checks its format.
    func prepareForWriting() throws {
        try execute("PRAGMA page_size = \(SQLiteWriter.Limit.pageSize)")
        try execute("PRAGMA journal_mode = WAL")
        try requireFlush()
        // Overwriting deleted rows with zeros would double their cost.
        try execute("PRAGMA secure_delete = OFF")
        // What a burst leaves of the log is cut off when the log starts over. Below this, its blocks are written anew: a
        // file that shrinks and grows again has its blocks allocated in every flush.
        try execute("PRAGMA journal_size_limit = \(SQLiteWriter.Limit.walPagesMax * SQLiteWriter.Limit.pageSize)")
        watchWAL()
        try execute("BEGIN IMMEDIATE")
        do {
            // Rows lie in the order they came, and an index leads from keys to them. WITHOUT ROWID, as stores from before have
            // it, the rows are the index: few fit a page, so the tree is deep, and keys in no order change and split pages
            // all over it. The statements serve both.
            try execute("CREATE TABLE IF NOT EXISTS kv (key BLOB PRIMARY KEY, value BLOB NOT NULL)")
            let view = SQLiteView(self)
            try StoreFormat.claim(view)
            view.end()
            try execute("COMMIT")
        } catch {
            try rollback()
            throw error
        }
    }
}
