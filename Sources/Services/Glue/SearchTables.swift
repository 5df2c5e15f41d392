import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
extension Tables {
    struct SearchInput: Codable, Sendable {
        struct Predicate: Codable, Sendable {
            var Key: String?
            var Value: String?
            var Comparator: String?
        }
        struct Sorting: Codable, Sendable {
            var FieldName: String?
            var Sort: String?
        }
        var CatalogId: String?
        var NextToken: String?
        var Filters: [Predicate]?
        var SearchText: String?
        var SortCriteria: [Sorting]?
        var MaxResults: Int?
    }

    private enum SearchLimit {
        static let page = 1_000
        /// Tables that one search looks at.
        static let tables = 100_000
    }

    static func search(_ input: SearchInput, _ context: Context) async throws -> ListOutput {
        let catalog = Catalog(input.CatalogId, context)
        let filters = try (input.Filters ?? []).map(TableFilter.init)
        let text = input.SearchText.flatMap { $0.isEmpty ? nil : $0 }
        var found = try await context.store.read { snapshot -> [TableRecord] in
            try snapshot.all(TableRecord.self, catalog.allTables(), limit: SearchLimit.tables) { record in
                (text.map { record.mentions($0) } ?? true) && filters.allSatisfy { $0.takes(record) }
            }
        }
        if let sorting = input.SortCriteria?.first {
            let field = sorting.FieldName ?? "Name"
            let isDescending = sorting.Sort == "DESC"
            found.sort { one, other in
                let (left, right) = (one.sortable(field), other.sortable(field))
                return isDescending ? left > right : left < right
            }
        }
        // A page begins at a place in the whole list, which is sorted anew for each.
        let list = context.list(input.CatalogId, input.SearchText)
        var start = 0
        if let token = input.NextToken, !token.isEmpty {
            guard let place = PageToken.name(token, of: list).flatMap({ Int($0) }), place > 0 else {
                throw GlueFault.invalid("Invalid NextToken provided")
            }
            start = place
        }
        let end = start + min(input.MaxResults ?? GlueLimit.page, SearchLimit.page)
        let page = found.dropFirst(start).prefix(end - start)
        return ListOutput(
            TableList: page.map { $0.output(catalog) },
            NextToken: end < found.count ? PageToken.write(String(end), of: list) : nil)
    }
}

/// A PropertyPredicate.
private struct TableFilter: Sendable {
    private let key: String
    private let value: String
    private let comparison: String

    init(_ predicate: Tables.SearchInput.Predicate) throws {
        guard let key = predicate.Key, !key.isEmpty, let value = predicate.Value else {
            throw GlueFault.invalid("A filter must have Key and Value")
        }
        (self.key, self.value, comparison) = (key, value, predicate.Comparator ?? "EQUALS")
    }

    /// Text is found within the attribute; times are compared.
    func takes(_ record: TableRecord) -> Bool {
        if let moment = record.moment(key) {
            guard let wanted = Timestamp(iso8601: value) else { return false }
            switch comparison {
            case "GREATER_THAN": return moment > wanted
            case "LESS_THAN": return moment < wanted
            case "GREATER_THAN_EQUALS": return moment >= wanted
            case "LESS_THAN_EQUALS": return moment <= wanted
            default: return moment == wanted
            }
        }
        guard let text = record.attribute(key) else { return false }
        return key == "DatabaseName" ? text == value.lowercased() : text.lowercased().contains(value.lowercased())
    }
}

extension TableRecord {
    fileprivate func moment(_ key: String) -> Timestamp? {
        switch key {
        case "CreateTime": created
        case "UpdateTime": updated
        default: nil
        }
    }

    fileprivate func attribute(_ key: String) -> String? {
        switch key {
        case "Name": name
        case "DatabaseName": database
        default: input[key]?.string ?? input["Parameters"]?[key]?.string
        }
    }

    fileprivate func sortable(_ field: String) -> String { moment(field)?.iso8601() ?? attribute(field) ?? "" }

    /// In quotation marks, a whole value; else a part of a name, a description, a parameter or a column.
    fileprivate func mentions(_ text: String) -> Bool {
        let isExact = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        let wanted = (isExact ? String(text.dropFirst().dropLast()) : text).lowercased()
        var texts = [name, database, input["Description"]?.string ?? "", input["Owner"]?.string ?? ""]
        for (key, value) in input["Parameters"]?.members ?? [:] { texts += [key, value.string ?? ""] }
        let columns = (input["StorageDescriptor"]?["Columns"]?.list ?? []) + (input["PartitionKeys"]?.list ?? [])
        for column in columns { texts += [column["Name"]?.string ?? "", column["Comment"]?.string ?? ""] }
        return texts.contains { isExact ? $0.lowercased() == wanted : $0.lowercased().contains(wanted) }
    }
}
