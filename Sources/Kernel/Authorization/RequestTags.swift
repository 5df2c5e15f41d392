import Documents

/// The tags in an operation's input, by the shapes that AWS's models give them: `Tags` as a list of keys and values or as a
/// map, `TagKeys` as a list of names, EC2's `TagSpecifications`. They fill `aws:RequestTag/...` and `aws:TagKeys` for
/// every service.
enum RequestTags {
    /// Members that hold tags to set, in lower case.
    private static let lists: Set<String> = ["tags", "taglist", "tagstoadd", "addtags", "tagset", "resourcetags"]
    /// Members that hold names of tags to take away.
    private static let names: Set<String> = ["tagkeys", "tagkeylist", "tagstoremove", "removetagkeys", "untagkeys"]

    /// - Returns: the tags to set, in their order.
    static func tags(in input: Document) -> [(key: String, value: String)] {
        var tags: [(key: String, value: String)] = []
        for (name, value) in input.members ?? [:] {
            let name = name.lowercased()
            if lists.contains(name) {
                tags += read(value)
            } else if name == "tagspecifications" {
                for entry in value.list ?? [] { tags += entry["Tags"].map(read) ?? [] }
            }
        }
        return tags
    }

    /// - Returns: the names of the tags to set and of those to take away.
    static func keys(in input: Document) -> [String] {
        var keys = tags(in: input).map(\.key)
        for (name, value) in input.members ?? [:] where names.contains(name.lowercased()) {
            keys += value.list?.compactMap { $0.string ?? entry($0)?.key } ?? []
        }
        return keys
    }

    private static func read(_ value: Document) -> [(key: String, value: String)] {
        if let list = value.list { return list.compactMap(entry) }
        return (value.members ?? [:]).compactMap { name, value in value.string.map { (name, $0) } }
    }

    private static func entry(_ document: Document) -> (key: String, value: String)? {
        for (key, value) in [("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"), ("tagKey", "tagValue")] {
            if let name = document[key]?.string { return (name, document[value]?.string ?? "") }
        }
        return nil
    }
}
