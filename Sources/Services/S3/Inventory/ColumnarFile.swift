import Documents
import Glibc
import Kernel
import SQLEngine
import Store

/// Parquet and ORC files, made by the SQL worker in a folder of our own.
struct ColumnarFile {
    let writer: any TableWriting
    let platform: Platform

    /// - Parameter lines: rows as ``InventoryText/plainLine(_:_:)`` has them.
    /// - Throws: ``SQLFault``, ``StoreError`` where the file system fails.
    func make(_ lines: [UInt8], _ columns: [InventoryField], format: String) async throws -> [UInt8] {
        let folder = platform.configuration.dataDirectory + "/inventory"
        mkdir(folder, 0o700)
        guard let resolved = realpath(folder, nil) else {
            throw StoreError.backend(code: Int(errno), message: "no folder \(folder)")
        }
        let base = "\(String(cString: resolved))/\(Identifier.uuid())"
        free(resolved)
        let (source, target) = (base + ".csv", base + ".out")
        defer {
            unlink(source)
            unlink(target)
        }
        try Self.write(lines, to: source)
        let table = TableFile(
            source: source, target: target, format: format.lowercased(),
            columns: columns.map { SQLColumn(name: $0.columnName, type: $0.kind.rawValue) })
        try await writer.write(table, on: platform)
        return try Self.read(target)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw StoreError.backend(code: Int(errno), message: "cannot make \(path)") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            throw StoreError.backend(code: Int(errno), message: "cannot write \(path)")
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw StoreError.backend(code: Int(errno), message: "cannot read \(path)") }
        defer { fclose(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: Limit.readSize)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            guard count > 0 else { break }
            all.append(contentsOf: piece[..<count])
        }
        guard ferror(file) == 0 else { throw StoreError.backend(code: Int(errno), message: "cannot read \(path)") }
        return all
    }
}
