import Testing

@testable import Store

/// Commits whose pages gather before they are written.
@Suite struct GatheringTests {
    /// After a commit the log's file has all of it, as another process would read it after a crash, whether the commit is
    /// smaller or larger than what gathers before it is written.
    @Test(arguments: [1, 40, 4_000]) func aCommitIsInTheFile(_ rows: Int64) async throws {
        func key(_ row: Int64) -> Key { Key(.timer, .integer(row)) }
        let directory = TemporaryDirectory()
        await (try SQLiteStore.open(directory: directory.path)).close()
        let path = directory.path + "/tarn.db"
        let connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: 64, gathers: true)
        try connection.prepareForWriting()
        // The second commit is written where the first, which was taken back, would have been; pages that the small cache
        // cannot hold are written before the commit, and read again.
        for attempt in [UInt8(1), 2] {
            try connection.run(.beginWrite)
            let value = [UInt8](repeating: attempt, count: 300)
            for row in 0..<rows { try connection.put(key(row), value) }
            let first = try connection.value(key(0))
            #expect(first == value)
            if attempt == 1 { try connection.rollback() } else { try connection.run(.commit) }
        }
        let crashed = TemporaryDirectory()
        for suffix in ["", "-wal"] {
            let file = try PosixFile(path + suffix, .read)
            let bytes = try file.read(file.size(), at: 0)
            try bytes.withUnsafeBytes { try PosixFile(crashed.path + "/tarn.db" + suffix, .create).write($0, at: 0) }
        }
        connection.close()
        let found = try SQLiteConnection(path: crashed.path + "/tarn.db", readOnly: false, cacheSize: 64)
        let value = [UInt8](repeating: 2, count: 300)
        for row in 0..<rows {
            let kept = try found.value(key(row))
            #expect(kept == value)
        }
        let beyond = try found.value(key(rows))
        #expect(beyond == nil)
        found.close()
    }
}
