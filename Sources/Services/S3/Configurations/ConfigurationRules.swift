import Documents
import Kernel

/// What metrics, analytics and tiering configurations must be.
enum ConfigurationRules {
    static func isIDByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-_.".utf8.contains(byte)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
    static func checkMetrics(_ configuration: Document) throws {
        try checkFilter(configuration["Filter"], alternatives: ["Prefix", "Tag", "AccessPointArn"])
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
    static func checkAnalytics(_ configuration: Document) throws {
        try checkFilter(configuration["Filter"], alternatives: ["Prefix", "Tag"])
        guard let export = configuration["StorageClassAnalysis"]?["DataExport"] else { return }
        let destination = export["Destination"]?["S3BucketDestination"]
        guard export["OutputSchemaVersion"]?.string == "V_1", destination?["Format"]?.string == "CSV" else {
            throw S3Fault.malformedXML
        }
        let bucket = destination?["Bucket"]?.string ?? ""
        guard ReplicationRules.bucketName(bucket) != nil else {
            throw S3Fault.invalidArgument("Invalid bucket ARN.", name: "Bucket", value: bucket)
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html
    static func checkTiering(_ configuration: Document) throws {
        try checkFilter(configuration["Filter"], alternatives: ["Prefix", "Tag"])
        guard ["Enabled", "Disabled"].contains(configuration["Status"]?.string ?? "") else { throw S3Fault.malformedXML }
        let tierings = configuration["Tierings"]?.list ?? []
        guard !tierings.isEmpty else { throw S3Fault.malformedXML }
        var days: [String: Int64] = [:]
        for tiering in tierings {
            guard let tier = tiering["AccessTier"]?.string, let count = tiering["Days"]?.integer else {
                throw S3Fault.malformedXML
            }
            let least: Int64 = tier == "ARCHIVE_ACCESS" ? 90 : 180
            guard tier == "ARCHIVE_ACCESS" || tier == "DEEP_ARCHIVE_ACCESS", days[tier] == nil else { throw S3Fault.malformedXML }
            guard (least...730).contains(count) else {
                throw S3Fault.invalidArgument(
                    "'Days' for the \(tier) tier must be between \(least) and 730", name: "Days", value: String(count))
            }
            days[tier] = count
        }
        if let warm = days["ARCHIVE_ACCESS"], let cold = days["DEEP_ARCHIVE_ACCESS"], cold <= warm {
            throw S3Fault.invalidArgument(
                "'Days' for the DEEP_ARCHIVE_ACCESS tier must be greater than for the ARCHIVE_ACCESS tier", name: "Days",
                value: String(cold))
        }
    }

    /// One condition by itself, or several under `And`.
    private static func checkFilter(_ filter: Document?, alternatives: [String]) throws {
        guard let members = filter?.members, !members.isEmpty else { return }
        guard members.count == 1 else { throw S3Fault.malformedXML }
        var tags = [members["Tag"]].compactMap { $0 }
        if let and = members["And"] {
            tags = and["Tags"]?.list ?? []
            let others = alternatives.filter { $0 != "Tag" && and[$0] != nil }.count
            guard others + tags.count >= 2 else { throw S3Fault.malformedXML }
        }
        _ = try TagFilterRules.check(
            tags.map { Shape.Tag(key: $0["Key"]?.string ?? "", value: $0["Value"]?.string ?? "") })
    }
}
