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
