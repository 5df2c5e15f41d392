import Documents

/// The Regions that a request of Signature Version 4A is signed for: names and patterns with `*`, joined by commas
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html, "X-Amz-Region-Set").
public struct RegionSet: Sendable, Hashable {
    public let patterns: [String]

    /// - Returns: nil for text that names nothing.
    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard !parts.isEmpty, !parts.contains("") else { return nil }
        patterns = parts
    }

    /// The one Region, where the set is no more than that.
    public var only: String? { patterns.count == 1 && !patterns[0].contains("*") ? patterns[0] : nil }

    public func covers(_ region: String) -> Bool { patterns.contains { Self.matches(Array(region.utf8), Array($0.utf8)) } }

    /// One pass that goes back to the last `*` alone, so that no pattern costs more than its length times the text's.
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var star: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == text[at] {
                (at, place) = (at + 1, place + 1)
            } else if let last = star {
                star = (last.place, last.at + 1)
                (at, place) = (last.at + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension HTTPDetails {
    /// What Signature Version 4A was made for; nil for requests that are signed for one Region, or not at all.
    public var regionSet: RegionSet? {
        if headers["authorization"]?.hasPrefix("AWS4-ECDSA-P256-SHA256 ") == true {
            return headers["x-amz-region-set"].flatMap { RegionSet($0) }
        }
        guard query.contains("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256") else { return nil }
        for part in query.split(separator: "&") where part.hasPrefix("X-Amz-Region-Set=") {
            return PercentEncoding.decode(part.dropFirst("X-Amz-Region-Set=".count)).flatMap { RegionSet($0) }
        }
        return nil
    }
}
