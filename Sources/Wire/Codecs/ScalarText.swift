import Documents
import Model

/// Simple values as text: in headers, labels, query strings, XML and form bodies.
enum ScalarText {
    /// - Returns: nil for text that is no value of the shape.
    static func read(_ text: String, _ shape: Shape, format: TimestampFormat?, isJSONValue: Bool = false) -> Document? {
        switch shape.kind {
        case .string:
            guard isJSONValue else { return .string(text) }
            return Base64.decode(text).flatMap { String(validating: $0, as: UTF8.self) }.map { .string($0) } ?? .string(text)
        case .boolean:
            switch text {
            case "true", "True", "TRUE", "1": return .bool(true)
            case "false", "False", "FALSE", "0": return .bool(false)
            default: return nil
            }
        case .integer, .long: return Int64(text).map { .integer($0) }
        case .float, .double:
            switch text {
            case "NaN": return .double(.nan)
            case "Infinity": return .double(.infinity)
            case "-Infinity": return .double(-.infinity)
            default: return Double(text).flatMap { $0.isFinite ? .double($0) : nil }
            }
        case .timestamp: return timestamp(text, format).map { .timestamp($0) }
        case .blob: return Base64.decode(text).map { .blob($0) }
        default: return nil
        }
    }

    /// Clients do not always keep to the model's format; the three are not to be mistaken for each other.
    static func timestamp(_ text: String, _ format: TimestampFormat?) -> Timestamp? {
        if let timestamp = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) { return timestamp }
        return Double(text).flatMap { Timestamp(epochSeconds: $0) }
    }

    static func write(_ value: Document, _ shape: Shape, format: TimestampFormat, milliseconds: Bool = false) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .double(let value): number(value)
        case .numeral(let text): text
        case .timestamp(let value): self.timestamp(value, format, milliseconds: milliseconds)
        case .blob(let bytes): Base64.string(bytes)
        case .list, .map, .null: nil
        }
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "Infinity" : "-Infinity" }
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        return String(value)
    }

    static func timestamp(_ value: Timestamp, _ format: TimestampFormat, milliseconds: Bool) -> String {
        switch format {
        case .iso8601: value.iso8601(milliseconds: milliseconds || value.microseconds % 1_000_000 != 0)
        case .rfc822: value.httpDate()
        case .unixTimestamp: number(value.epochSeconds)
        }
    }
}
