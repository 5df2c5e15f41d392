import CSQLite

/// A prepared statement over keys and values. Bytes are bound by pointer, not copied, so they are bound and stepped
/// inside one closure.
struct SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ handle: OpaquePointer, connection: OpaquePointer) {
        self.handle = handle
        self.connection = connection
    }

    func finalize() { sqlite3_finalize(handle) }

    /// The error of the last step comes out of reset again; it was thrown by then.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Runs a statement that gives no rows.
    func run() throws {
        defer { sqlite3_reset(handle) }
        _ = try step()
    }

    /// - Returns: whether there is a row.
    func step() throws -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw SQLiteError.of(code, connection) }
        return false
    }

    func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer) throws {
        // A null pointer would bind NULL, so no bytes are a blob of zero zeros.
        let code =
            if let address = bytes.baseAddress, !bytes.isEmpty {
                sqlite3_bind_blob64(handle, index, address, UInt64(bytes.count), nil)
            } else {
                sqlite3_bind_zeroblob(handle, index, 0)
            }
        guard code == SQLITE_OK else { throw SQLiteError.of(code, connection) }
    }

    func bind(_ index: Int32, _ number: Int64) throws {
        let code = sqlite3_bind_int64(handle, index, number)
        guard code == SQLITE_OK else { throw SQLiteError.of(code, connection) }
    }

    /// A copy of a column of the present row.
    func bytes(_ column: Int32) throws -> [UInt8] {
        guard let address = sqlite3_column_blob(handle, column) else {
            // An empty blob has no address either; only then did the conversion fail for want of memory.
            guard sqlite3_errcode(connection) != SQLITE_NOMEM else { throw SQLiteError.of(SQLITE_NOMEM, connection) }
            return []
        }
        return [UInt8](UnsafeRawBufferPointer(start: address, count: Int(sqlite3_column_bytes(handle, column))))
    }
}

/// SQLite's result codes as ``StoreError``.
enum SQLiteError {
    static func of(_ code: Int32, _ connection: OpaquePointer?) -> StoreError {
        let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        switch code & 0xFF {
        case SQLITE_FULL: return .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message)
        default: return .backend(code: Int(code), message: message)
        }
    }

    /// After a failed flush nobody can tell what the disk holds: only reopening, which reads the log back, can.
    static func leavesDoubt(_ error: any Error) -> Bool {
        // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC are macros that Swift doesn't import.
        guard case .backend(let code, _)? = error as? StoreError else { return false }
        return code == Int(SQLITE_IOERR | (4 << 8)) || code == Int(SQLITE_IOERR | (5 << 8))
    }
}
