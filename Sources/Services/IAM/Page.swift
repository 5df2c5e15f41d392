import Kernel
import Store

/// Which part of a list is wanted. A marker is the name of the last item shown.
struct PageRequest: Sendable {
    let after: String?
    let limit: Int
    /// Which list the marker is of.
    fileprivate let list: String

    /// - Parameter list: ``Context/list(_:)``, of what narrows the list.
    init(_ marker: String?, _ maxItems: Int?, of list: String) throws {
        self.list = list
        limit = min(maxItems ?? Limit.itemsDefault, Limit.itemsMax)
        guard let marker else {
            after = nil
            return
        }
        guard let name = PageToken.name(marker, of: list) else { throw IAMFault.invalidMarker }
        after = name
    }
}

/// Part of a list, with the marker of what follows.
struct Page<Item> {
    var items: [Item]
    var marker: String?
    var isTruncated: Bool { marker != nil }

    /// - Parameter items: one more than wanted if there are more.
    init(_ items: [Item], _ request: PageRequest, name: (Item) -> String) {
        self.items = Array(items.prefix(request.limit))
        marker = items.count > request.limit ? self.items.last.map { PageToken.write(name($0), of: request.list) } : nil
    }

    /// The page of a list that is in memory, in the order of its names.
    init(of all: [Item], _ request: PageRequest, name: (Item) -> String) {
        let sorted = all.sorted { name($0).utf8.lexicographicallyPrecedes(name($1).utf8) }
        let rest = request.after.map { after in sorted.filter { after.utf8.lexicographicallyPrecedes(name($0).utf8) } } ?? sorted
        self.init(rest, request, name: name)
    }
}

extension Page: Sendable where Item: Sendable {}

extension Snapshot {
    /// The page of the holders whose paths begin with `path`.
    func page<Record: NamedRecord>(
        _ type: Record.Type, in account: String, path: String?, _ request: PageRequest
    ) throws -> Page<Record> {
        var items: [Record] = []
        let after = request.after.map { Record.key(account, $0) }
        try records(type, Record.all(in: account), after: after) { _, record in
            if record.path.hasPrefix(path ?? "/") { items.append(record) }
            return items.count <= request.limit
        }
        return Page(items, request, name: \.name)
    }
}
