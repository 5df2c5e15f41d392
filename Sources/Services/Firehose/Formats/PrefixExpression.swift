import Kernel

/// A prefix with expressions `!{namespace:value}` (https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html).
struct PrefixExpression: Sendable {
    enum Piece: Sendable, Hashable {
        case text(String)
        /// A Java date pattern.
        case timestamp(String)
        case random
        case errorType
        case query(String)
        case function(String)
    }
    /// The partition keys that a prefix names.
    struct KeyNames: Sendable, Hashable {
        var fromQuery: Set<String> = []
        var fromLambda: Set<String> = []
    }
    private static let day = Piece.timestamp("yyyy/MM/dd/HH/")

    private(set) var pieces: [Piece]

    /// - Parameter isError: the text is an `ErrorOutputPrefix`.
    /// - Throws: ``FirehoseFault`` for an expression that there is not.
    init(_ text: String, isError: Bool) throws {
        pieces = try Self.parse(text)
        if !isError, !pieces.contains(where: \.isMoment), !pieces.contains(where: \.isKey) { pieces.append(Self.day) }
    }

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// Where a destination's failed records go.
    static func forErrors(_ destination: Destination) throws -> PrefixExpression {
        guard let text = destination.ErrorOutputPrefix, !text.isEmpty else {
            let plain = try parse(destination.Prefix ?? "").filter { if case .text = $0 { true } else { false } }
            return PrefixExpression(pieces: plain + [.errorType, .text("/"), day])
        }
        let pieces = try parse(text)
        if pieces.contains(.errorType) { return PrefixExpression(pieces: pieces) }
        return PrefixExpression(pieces: pieces + [.errorType, .text("/"), day])
    }

    /// Holds a destination's two prefixes against AWS's rules.
    static func check(_ destination: Destination) throws -> KeyNames {
        let pieces = try parse(destination.Prefix ?? "")
        guard !pieces.contains(.errorType) else {
            throw FirehoseFault.invalid("Prefix must not contain the expression !{firehose:error-output-type}.")
        }
        let hasExpressions = pieces.contains { if case .text = $0 { false } else { true } }
        let error = destination.ErrorOutputPrefix ?? ""
        guard !hasExpressions || !error.isEmpty else {
            throw FirehoseFault.invalid("ErrorOutputPrefix must be specified if Prefix contains expressions.")
        }
        let errorPieces = try parse(error)
        guard !errorPieces.contains(where: \.isKey) else {
            throw FirehoseFault.invalid("ErrorOutputPrefix must not contain partition keys.")
        }
        let errorHasExpressions = errorPieces.contains { if case .text = $0 { false } else { true } }
        guard !errorHasExpressions || errorPieces.contains(.errorType) else {
            throw FirehoseFault.invalid("ErrorOutputPrefix must contain the expression !{firehose:error-output-type}.")
        }
        var names = KeyNames()
        for piece in pieces {
            switch piece {
            case .query(let name): names.fromQuery.insert(name)
            case .function(let name): names.fromLambda.insert(name)
            default: break
            }
        }
        return names
    }

    private static func parse(_ text: String) throws -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "!{") {
            if start.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<start.lowerBound]))) }
            let inner = rest[start.upperBound...]
            guard let end = inner.firstIndex(of: "}"), let colon = inner[..<end].firstIndex(of: ":") else {
                throw FirehoseFault.invalid("The expression in the prefix is not valid: \(rest[start.lowerBound...])")
            }
            let (space, value) = (inner[..<colon], String(inner[inner.index(after: colon)..<end]))
            switch (space, value) {
            case ("firehose", "random-string"): pieces.append(.random)
            case ("firehose", "error-output-type"): pieces.append(.errorType)
            case ("timestamp", _):
                guard ZonedTime.isPattern(value) else {
                    throw FirehoseFault.invalid("The timestamp pattern of the prefix is not valid: \(value)")
                }
                pieces.append(.timestamp(value))
            case ("partitionKeyFromQuery", _) where !value.isEmpty: pieces.append(.query(value))
            case ("partitionKeyFromLambda", _) where !value.isEmpty: pieces.append(.function(value))
            default: throw FirehoseFault.invalid("The expression !{\(inner[..<end])} in the prefix is not valid.")
            }
            rest = inner[inner.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// What tells one partition from another: the values of its keys.
    func slot(_ query: [String: String], _ function: [String: String]) -> String {
        pieces.compactMap { piece -> String? in
            switch piece {
            case .query(let name): query[name] ?? ""
            case .function(let name): function[name] ?? ""
            default: nil
            }
        }.map { "\($0.utf8.count):\($0)" }.joined()
    }

    func evaluate(_ names: ObjectNames, query: [String: String], function: [String: String]) -> String {
        var occurrence = 0
        return pieces.map { piece -> String in
            switch piece {
            case .text(let text): return text
            case .timestamp(let pattern): return names.moment.format(pattern)
            case .errorType: return names.errorKind
            case .query(let name): return query[name] ?? ""
            case .function(let name): return function[name] ?? ""
            case .random:
                occurrence += 1
                return names.random(occurrence)
            }
        }.joined()
    }
}

extension PrefixExpression.Piece {
    var isMoment: Bool { if case .timestamp = self { true } else { false } }
    var isKey: Bool {
        switch self {
        case .query, .function: true
        default: false
        }
    }
}
