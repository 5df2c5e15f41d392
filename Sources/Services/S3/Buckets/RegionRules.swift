import Kernel

/// A bucket answers in its own Region only
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html and .../UsingBucket.html, "Regions").
enum RegionRules {
    /// What works from every Region.
    private static let exempt: Set<String> = ["GetBucketLocation", "CreateBucket"]

    /// Only requests from outside are held to it: services inside name no endpoint.
    /// - Throws: ``S3Fault/wrongRegion(bucket:region:)`` where the endpoint is another Region's,
    ///   ``S3Fault/wrongSigningRegion(given:bucket:region:)`` where only the signature is.
    static func check(_ bucket: BucketRecord, _ context: Context) throws {
        guard context.region != bucket.region, let http = context.http, context.caller.kind != .service,
            context.caller.kind != .anonymous, !exempt.contains(context.operation)
        else { return }
        try checkName(context, expecting: bucket.region)
        let host = http.host.lowercased()
        let labels = host.split(separator: ".")
        let named = labels.first(where: isRegion).map(String.init)
        // Signature Version 2 has no Region; with a host that has none either, the request is for wherever the bucket is.
        guard named != nil || isSignedForRegion(http) else { return }
        // The bucket's own name leads to its Region, whatever the signature says.
        let isAtHome = named == bucket.region || named == nil && host.hasPrefix("\(bucket.name).")
        throw isAtHome
            ? S3Fault.wrongSigningRegion(given: context.region, bucket: bucket.name, region: bucket.region)
            : S3Fault.wrongRegion(bucket: bucket.name, region: bucket.region)
    }

    /// Old clients sign for `US` and the like until they are told better.
    /// - Parameter region: the one to be told.
    /// - Throws: ``S3Fault/wrongSigningRegion(given:bucket:region:)`` where the signature's Region is none.
    static func checkName(_ context: Context, expecting region: String) throws {
        guard !isRegion(context.region[...]), let http = context.http, isSignedForRegion(http) else { return }
        throw S3Fault.wrongSigningRegion(given: context.region, bucket: "", region: region)
    }

    private static func isSignedForRegion(_ http: HTTPDetails) -> Bool {
        http.headers["authorization"]?.hasPrefix("AWS4-") == true || http.query.contains("X-Amz-Credential=")
    }

    private static func isRegion(_ label: Substring) -> Bool {
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, parts[0].utf8.count == 2, let last = parts.last, last.utf8.count == 1 else {
            return false
        }
        return last.allSatisfy(\.isNumber) && parts.dropLast().allSatisfy { $0.allSatisfy(\.isLetter) && !$0.isEmpty }
    }
}
