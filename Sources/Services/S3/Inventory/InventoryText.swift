import CZlib
import Documents

/// Rows as comma-separated values.
enum InventoryText {
    /// A line of the published CSV: every field quoted, the key percent-encoded.
    static func line(_ row: InventoryRow, _ columns: [InventoryField]) -> String {
        columns.map { field in
            let value = row.value(field) ?? ""
            return quoted(field == .key ? PercentEncoding.encode(value, keeping: "/") : value)
        }.joined(separator: ",") + "\n"
    }

    /// A line for the worker that makes columns of it: keys as they are, an absent value as nothing at all.
    static func plainLine(_ row: InventoryRow, _ columns: [InventoryField]) -> String {
        columns.map { row.value($0).map(quoted) ?? "" }.joined(separator: ",") + "\n"
    }

    private static func quoted(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "\"")) else { return "\"\(value)\"" }
        return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// gzip (RFC 1952), as the CSV files of inventories are.
enum Gzip {
    struct Failure: Error { let code: Int32 }

    static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        // 16 on top of the window's size asks for gzip's header and sum.
        let size = Int32(MemoryLayout<z_stream>.size)
        var status = deflateInit2_(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else { throw Failure(code: status) }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                status = deflate(&stream, Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else { throw Failure(code: status) }
        return Array(output[..<written])
    }
}
