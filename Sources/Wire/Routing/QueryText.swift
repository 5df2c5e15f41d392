import Documents

/// The parameters of a query string or of a form body, decoded, in their order.
struct QueryParameters: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    init() {}

    /// - Returns: nil for broken percent-escapes, text that is not UTF-8, or too many parameters.
    init?(_ text: some StringProtocol) {
        guard !text.isEmpty else { return }
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Limit.parameters else { return nil }
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            guard let name = Self.decode(equals.map { part[..<$0] } ?? part) else { return nil }
            guard let equals else {
                pairs.append((name, ""))
                continue
            }
            guard let value = Self.decode(part[part.index(after: equals)...]) else { return nil }
            pairs.append((name, value))
        }
    }

    private static func decode(_ text: some Collection<UInt8>) -> String? {
        if !text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
            return String(validating: text, as: UTF8.self)
        }
        return PercentEncoding.decode(String(decoding: text, as: UTF8.self), plusIsSpace: true)
    }

    subscript(_ name: String) -> String? {
        for pair in pairs where pair.name == name { return pair.value }
        return nil
    }

    mutating func add(_ pair: (name: String, value: String)) { pairs.append(pair) }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}
