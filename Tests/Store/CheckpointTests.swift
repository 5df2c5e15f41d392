import TestSupport
import Testing

@testable import Store

@Suite struct CheckpointTests {
    private static let rows: Int64 = 5_000

    private static let value = [UInt8](repeating: 7, count: 1_000)

    /// The connections of a new store, as a writer and its checkpointer have them.
    private static func opened(in directory: String) async throws -> (SQLiteConnection, SQLiteCheckpointer) {
        await (try SQLiteStore.open(directory: directory)).close()
        let path = directory + "/tarn.db"
        let connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: 1_024)
        try connection.prepareForWriting()
        connection.watchWAL()
        return (connection, try SQLiteCheckpointer(try SQLiteConnection(path: path, readOnly: false, cacheSize: 0)))
    }

    private static func key(_ row: Int64) -> Key { Key(.timer, .integer(row)) }

    /// The log is copied beside a writer that goes on: what it had held when the copy was asked for is in the database file
    /// alone, and what came meanwhile is not lost.
    @Test func theLogIsCopiedBesideTheWriter() async throws {
        let directory = TemporaryDirectory()
        let (connection, checkpointer) = try await Self.opened(in: directory.path)
        func commit(_ rows: Range<Int64>) throws {
            try connection.run(.beginWrite)
            for row in rows { try connection.put(Self.key(row), Self.value) }
            try connection.run(.commit)
        }
        try commit(0..<Self.rows)
        checkpointer.begin()
        var all = Self.rows
        repeat {
            try commit(all..<all + 1)
            all += 1
        } while checkpointer.phase == .copying
        checkpointer.stop()

        let copy = TemporaryDirectory()
        let file = try PosixFile(directory.path + "/tarn.db", .read)
        let bytes = try file.read(file.size(), at: 0)
        try bytes.withUnsafeBytes { try PosixFile(copy.path + "/tarn.db", .create).write($0, at: 0) }
        try expect(Self.rows, in: copy.path)

        let log = try #require(try connection.copyLog(.passive))
        #expect(log.pages == log.copied)
        connection.close()
        try expect(all, in: directory.path)
    }

    /// A log that was copied whole starts over with the next commit. When it is full again it is copied beside the writer
    /// again, not by it.
    @Test func aLogThatStartedOverIsCopiedAnew() async throws {
        let directory = TemporaryDirectory()
        let (connection, checkpointer) = try await Self.opened(in: directory.path)
        let loop = SQLiteWriterLoop(
            connection, checkpointer, RecordCache(), lock: try DirectoryLock(directory: directory.path))
        let rowSize = 1 << 20
        // SQLite writes no page that stays what it is.
        var byte: UInt8 = 0
        func put(_ rows: Int64) {
            byte += 1
            let value = [UInt8](repeating: byte, count: rowSize)
            loop.run([
                SQLiteWriter.Job(
                    run: { transaction in
                        for row in 0..<rows { try transaction.put(Self.key(row), value) }
                        return {}
                    }, fail: { Issue.record($0) })
            ])
        }
        let full = Int64((SQLiteWriter.Limit.walPages + 1) * SQLiteWriter.Limit.pageSize / rowSize + 1)
        for _ in 1...2 {
            put(full)
            #expect(checkpointer.phase != .idle)
            try await eventually("the log is copied") { checkpointer.phase == .copied }
            put(1)
            #expect(connection.walSize < SQLiteWriter.Limit.walPages)
            #expect(checkpointer.phase == .idle)
        }
        loop.close()
    }

    private func expect(_ rows: Int64, in directory: String) throws {
        let connection = try SQLiteConnection(path: directory + "/tarn.db", readOnly: false, cacheSize: 1_024)
        for row in 0..<rows {
            let value = try connection.value(Self.key(row))
            #expect(value == Self.value)
        }
        connection.close()
    }
}
