import Kernel

/// What the front door must ask of S3 beside its API: browsers' questions, and websites. Given by whoever puts the two
/// together, so that neither imports the other.
public struct BucketPages: Sendable {
    /// What a bucket lets a web page do.
    public struct CrossOrigin: Sendable {
        /// The bucket has rules at all.
        public var hasRules: Bool
        /// Of the answer; empty where no rule fits.
        public var headers: [(name: String, value: String)]

        public init(hasRules: Bool, headers: [(name: String, value: String)]) {
            (self.hasRules, self.headers) = (hasRules, headers)
        }
    }
    public typealias CrossOriginQuestion =
        @Sendable (_ bucket: String, _ origin: String, _ method: String, _ headers: [String]?) async throws -> CrossOrigin
    public typealias WebsiteQuestion =
        @Sendable (_ bucket: String, _ path: String, _ http: HTTPDetails, _ requestID: String) async throws -> WireResponse

    let crossOrigin: CrossOriginQuestion
    let website: WebsiteQuestion

    public init(crossOrigin: @escaping CrossOriginQuestion, website: @escaping WebsiteQuestion) {
        (self.crossOrigin, self.website) = (crossOrigin, website)
    }
}

/// Host names of buckets' websites: `BUCKET.s3-website-REGION.amazonaws.com`, `BUCKET.s3-website.REGION.amazonaws.com`,
/// `BUCKET.s3-website.localhost` (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html).
enum WebsiteHost {
    /// - Returns: nil for any other host.
    static func bucket(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        let mark = Array(".s3-website".utf8)
        guard bytes.count > mark.count + 1 else { return nil }
        for start in 1..<bytes.count - mark.count where bytes[start] == mark[0] {
            guard bytes[start..<start + mark.count].elementsEqual(mark) else { continue }
            let next = bytes[start + mark.count]
            guard next == UInt8(ascii: ".") || next == UInt8(ascii: "-") else { continue }
            return String(decoding: bytes[..<start], as: UTF8.self)
        }
        return nil
    }
}
