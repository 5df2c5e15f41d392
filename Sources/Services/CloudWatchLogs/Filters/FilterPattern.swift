import Documents

/// A filter pattern of any kind
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
enum FilterPattern: Sendable {
    case terms(FilterTerms)
    case json(FilterJSON)
    case fields(FilterFields)

    /// - Throws: ``LogsFault/invalidPattern``.
    init(_ text: String) throws(LogsFault) {
        let trimmed = text.drop { $0 == " " }
        switch trimmed.first {
        case "{": self = .json(try FilterJSON(trimmed))
        case "[": self = .fields(try FilterFields(trimmed))
        default: self = .terms(try FilterTerms(text))
        }
    }

    func matches(_ message: String) -> Bool { values(of: message) != nil }

    /// What the pattern takes out of a message that matches; nil for one that does not.
    func values(of message: String) -> [String: String]? {
        switch self {
        case .terms(let terms): return terms.matches(message) ? [:] : nil
        case .fields(let fields): return fields.values(of: message)
        case .json(let json):
            guard let event = try? JSON.parse(message), case .map = event, json.matches(event) else { return nil }
            return json.values(of: event)
        }
    }
}
