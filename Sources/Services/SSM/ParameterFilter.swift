/// A filter of DescribeParameters and GetParametersByPath
/// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html).
struct ParameterFilter: Codable, Sendable {
    var Key: String
    var Option: String?
    var Values: [String]?

    static let everywhere: Set<String> = ["Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"]

    /// - Throws: for a key, option or value that this operation does not take.
    func check(allowing keys: Set<String>) throws {
        let isTag = Key.hasPrefix("tag:")
        guard keys.contains(Key) || (isTag && keys.contains("Name")) else {
            throw SSMFault.invalidFilterKey(
                "The following filter key is not valid: \(Key). Valid filter keys include: [\(keys.sorted().joined(separator: ", "))]."
            )
        }
        let options: [String] =
            switch Key {
            case "Name": ["BeginsWith", "Equals", "Contains"]
            case "Path": ["Recursive", "OneLevel"]
            case "Type", "KeyId", "Label", "Tier", "DataType": ["BeginsWith", "Equals"]
            default: ["Equals"]
            }
        if let option = Option, !options.contains(option) {
            throw SSMFault.invalidFilterOption(
                "The following filter option is not valid: \(option). Valid options include: [\(options.joined(separator: ", "))]."
            )
        }
        guard isTag || !(Values ?? []).isEmpty else {
            throw SSMFault.invalidFilterValue("The following filter values are missing: null for filter key \(Key)")
        }
        if Key == "Type" {
            let types = [ParameterType.string, ParameterType.list, ParameterType.secure]
            guard (Values ?? []).allSatisfy(types.contains) else {
                throw SSMFault.invalidFilterValue("The filter value is not valid for the key Type.")
            }
        }
        if Key == "Path" {
            guard (Values ?? []).allSatisfy({ $0.hasPrefix("/") }) else {
                throw SSMFault.validation(ParameterName.requirements)
            }
        }
    }

    func matches(_ record: ParameterRecord) -> Bool {
        let values = Values ?? []
        if Key.hasPrefix("tag:") {
            let key = String(Key.dropFirst("tag:".count))
            guard let value = record.tags.first(where: { $0.isNamed(key) })?.Value else { return false }
            return values.isEmpty || values.contains(value)
        }
        return values.contains { value in
            switch Key {
            case "Name": fits(record.name, value) || fits(ParameterRecord.place(record.name), value)
            case "Path": isUnder(record.name, value)
            case "Type": fits(record.newest.type, value)
            case "KeyId": record.newest.keyID.map { fits($0, value) } ?? false
            case "Tier": fits(record.newest.tier, value)
            case "DataType": fits(record.newest.dataType, value)
            case "Label": record.labels.keys.contains { fits($0, value) }
            default: false
            }
        }
    }

    private func fits(_ text: String, _ value: String) -> Bool {
        switch Option {
        case "BeginsWith": text.hasPrefix(value)
        case "Contains": text.contains(value)
        default: text == value
        }
    }

    private func isUnder(_ name: String, _ path: String) -> Bool {
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let whole = name.hasPrefix("/") ? name : "/" + name
        guard whole.hasPrefix(prefix) else { return false }
        return Option == "Recursive" || !whole.dropFirst(prefix.count).contains("/")
    }
}
