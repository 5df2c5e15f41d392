import Documents
import Store

/// Where a list goes on, as clients carry it: the name or the key of the last item that was shown, in base64. A token is
/// good for the list that gave it and for no other.
public enum PageToken {
    /// - Parameters:
    ///   - last: the name of the last item that was shown.
    ///   - list: ``Context/list(_:)``.
    public static func write(_ last: String, of list: String) -> String { write(Array(last.utf8), list) }
    public static func write(_ last: Key, of list: String) -> String { write(last.bytes, list) }

    /// - Returns: the last name; nil for what this list has not given, be it misspelt or another list's.
    public static func name(_ token: String, of list: String) -> String? {
        read(token, list).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// - Parameter prefix: what the keys of the list begin with.
    /// - Returns: the last key; nil for what this list has not given.
    public static func key(_ token: String, of list: String, under prefix: Key) -> Key? {
        guard let bytes = read(token, list), bytes.starts(with: prefix.bytes) else { return nil }
        return Key(bytes: bytes)
    }

    private static let checkBytes = 4

    private static func write(_ last: [UInt8], _ list: String) -> String { Base64.string(check(last, list) + last) }

    private static func read(_ token: String, _ list: String) -> [UInt8]? {
        guard let bytes = Base64.decode(token), bytes.count > checkBytes else { return nil }
        let last = Array(bytes.dropFirst(checkBytes))
        return bytes.prefix(checkBytes).elementsEqual(check(last, list)) ? last : nil
    }

    /// Tells mistakes, not forgery: a list shows no more than its caller may see, wherever it goes on.
    private static func check(_ last: [UInt8], _ list: String) -> [UInt8] {
        let sum = CRC.crc32.update(0, Array("\(list)\0".utf8) + last)
        return withUnsafeBytes(of: UInt32(truncatingIfNeeded: sum).bigEndian) { Array($0) }
    }
}

/// A page of a list.
public struct ListPage<Item> {
    public var items: [Item] = []
    /// The token of the next page; nil at the end.
    public var next: String?

    fileprivate init() {}

    /// Of a list that is in memory.
    /// - Parameters:
    ///   - all: sorted by the bytes of `name`, ascending.
    ///   - token: what the last page gave.
    ///   - list: ``Context/list(_:)``.
    /// - Throws: `refusal` for a token that no page gave.
    public init<Refusal: Error>(
        _ all: [Item], after token: String?, limit: Int, by name: (Item) -> String, of list: String,
        refusing refusal: Refusal
    ) throws(Refusal) {
        var rest = all[...]
        if let token {
            guard let last = PageToken.name(token, of: list) else { throw refusal }
            rest = rest.drop { !last.utf8.lexicographicallyPrecedes(name($0).utf8) }
        }
        items = Array(rest.prefix(limit))
        guard items.count < rest.count, let last = items.last.map(name) else { return }
        next = PageToken.write(last, of: list)
    }
}

extension ListPage: Sendable where Item: Sendable {}

extension Snapshot {
    /// A page of the records under `prefix` that `pick` takes.
    /// - Parameters:
    ///   - token: what the last page gave.
    ///   - list: ``Context/list(_:)``.
    /// - Throws: `refusal` for a token that no page of this list gave, and what `pick` throws.
    public func page<Record: Stored, Item>(
        _ type: Record.Type, _ prefix: Key, after token: String?, limit: Int, of list: String, refusing refusal: some Error,
        _ pick: (Record) throws -> Item?
    ) throws -> ListPage<Item> {
        let after = try token.map { token in
            guard let key = PageToken.key(token, of: list, under: prefix) else { throw refusal }
            return key
        }
        var page = ListPage<Item>()
        var last: Key?
        try records(type, prefix, after: after) { key, record in
            guard let item = try pick(record) else { return true }
            guard page.items.count < limit else {
                page.next = last.map { PageToken.write($0, of: list) }
                return false
            }
            page.items.append(item)
            last = key
            return true
        }
        return page
    }
}

extension Context {
    /// Which list this operation shows: its own, of this account and Region, and of what `parts` narrow it to.
    public func list(_ parts: String?...) -> String { list(parts) }

    public func list(_ parts: [String?]) -> String {
        ([service, operation, account, region] + parts.map { $0 ?? "" }).joined(separator: "\n")
    }
}
