/// Single rows of the one table.
extension SQLiteConnection {
    func value(_ key: Key) throws -> [UInt8]? {
        try with(.select) { select in
            try key.bytes.withUnsafeBytes { key in
                try select.bind(1, key)
                return try select.step() ? select.bytes(0) : nil
            }
        }
    }

    func put(_ key: Key, _ value: [UInt8]) throws {
        try with(.upsert) { upsert in
            try key.bytes.withUnsafeBytes { key in
                try value.withUnsafeBytes { value in
                    try upsert.bind(1, key)
                    try upsert.bind(2, value)
                    _ = try upsert.step()
                }
            }
        }
    }

    func delete(_ key: Key) throws {
        try with(.delete) { delete in
            try key.bytes.withUnsafeBytes { key in
                try delete.bind(1, key)
                _ = try delete.step()
            }
        }
    }

    func deleteRange(from begin: Key, to end: Key) throws {
        try with(.deleteRange) { delete in
            try begin.bytes.withUnsafeBytes { begin in
                try end.bytes.withUnsafeBytes { end in
                    try delete.bind(1, begin)
                    try delete.bind(2, end)
                    _ = try delete.step()
                }
            }
        }
    }

    private func with<Result>(_ name: Cached, _ body: (SQLiteStatement) throws -> Result) throws -> Result {
        let statement = try statement(name)
        defer { statement.reset() }
        return try body(statement)
    }
}
