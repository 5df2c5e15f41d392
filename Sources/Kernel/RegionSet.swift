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

    public func covers(_ region: String) -> Bool {
        patterns.contains { Glob.matches(Array($0.utf8), Array(region.utf8), any: UInt8(ascii: "*")) }
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
