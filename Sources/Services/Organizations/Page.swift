import Documents

/// Pages of a list that is short enough to be held as a whole.
struct Page<Item: Sendable>: Sendable {
    var items: [Item]
    var token: String?

    /// - Parameters:
    ///   - all: sorted by `id`, ascending.
    ///   - token: what the last page gave.
    /// - Throws: `InvalidInputException` for a token that no page gave.
    init(_ all: [Item], after token: String?, max: Int?, id: (Item) -> String) throws {
        var rest = all[...]
        if let token {
            guard let bytes = Base64.decode(token), let last = String(validating: bytes, as: UTF8.self), !last.isEmpty else {
                throw OrganizationsFault.invalid(.token, "You provided an invalid NextToken.")
            }
            rest = rest.drop { !last.utf8.lexicographicallyPrecedes(id($0).utf8) }
        }
        items = Array(rest.prefix(max ?? Limit.page))
        self.token = items.count < rest.count ? items.last.map { Base64.string(Array(id($0).utf8)) } : nil
    }
}
