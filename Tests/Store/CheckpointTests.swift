import Testing

@testable import Store

@Suite struct CheckpointTests {
    private static let rows: Int64 = 5_000

    private static let value = [UInt8](repeating: 7, count: 1_000)

    private static func key(_ row: Int64) -> Key { Key(.timer, .integer(row)) }

    /// The log is copied beside a writer that goes on: what it had held when the copy was asked for is in the database file
    /// alone, and what came meanwhile is not lost.
    @Test func theLogIsCopiedBesideTheWriter() async throws {
        let directory = TemporaryDirectory()
        await (try SQLiteStore.open(directory: directory.path)).close()
        let path = directory.path + "/tarn.db"
        let connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: 1_024)
        try connection.prepareForWriting()
        connection.watchWAL()
        let checkpointer = try SQLiteCheckpointer(try SQLiteConnection(path: path, readOnly: false, cacheSize: 0))
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
        let file = try PosixFile(path, .read)
        let bytes = try file.read(file.size(), at: 0)
        try bytes.withUnsafeBytes { try PosixFile(copy.path + "/tarn.db", .create).write($0, at: 0) }
        try expect(Self.rows, in: copy.path)

        let log = try #require(try connection.copyLog(.passive))
        #expect(log.pages == log.copied)
        connection.close()
        try expect(all, in: directory.path)
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
