import Kernel

/// Pages of a list that is short enough to be held as a whole.
struct Page<Item: Sendable>: Sendable {
    var items: [Item]
    var token: String?

    /// - Parameters:
    ///   - all: sorted by the bytes of `id`, ascending.
    ///   - token: what the last page gave.
    ///   - list: ``Context/list(_:)``, of what narrows the list.
    /// - Throws: `InvalidInputException` for a token that no page gave.
    init(_ all: [Item], after token: String?, max: Int?, of list: String, id: (Item) -> String) throws {
        let refusal = OrganizationsFault.invalid(.token, "You provided an invalid NextToken.")
        let page = try ListPage(all, after: token, limit: max ?? Limit.page, by: id, of: list, refusing: refusal)
        (items, self.token) = (page.items, page.next)
    }
}
