import Documents
import Kernel
import Store

/// A way into an access point that leads through a function
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html).
struct ObjectLambdaRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    struct Transformation: Codable, Hashable, Sendable {
        /// `GetObject`, `HeadObject`, `ListObjects`, `ListObjectsV2`.
        var actions: [String]
        var functionARN: String
        /// What the function gets as `configuration.payload`.
        var payload: String?
    }

    var name: String
    /// The owner's twelve digits.
    var account: String
    var region: String
    var alias: String
    var created: Timestamp
    /// The ARN of the access point that the objects come from.
    var supportingPoint: String
    var transformations: [Transformation]
    var allowedFeatures: [String]
    var hasMetrics: Bool
    /// The policy's JSON, as given.
    var policy: String?

    var arn: String { Self.arn(name, account: account, region: region) }
    var key: Key { Self.key(name, account: account, region: region) }

    /// The transformation of an operation; nil where it goes on to the access point as it is.
    func transformation(of operation: String) -> Transformation? { transformations.first { $0.actions.contains(operation) } }

    static func arn(_ name: String, account: String, region: String) -> String {
        "arn:aws:s3-object-lambda:\(region):\(account):accesspoint/\(name)"
    }
    static func all(account: String, region: String) -> Key { Key(.s3ObjectLambda, "name", .text(account), .text(region)) }
    static func key(_ name: String, account: String, region: String) -> Key {
        all(account: account, region: region).appending(.text(name))
    }
    /// A row for each alias, with an ``AccessPointPlace``.
    static func aliasKey(_ alias: String) -> Key { Key(.s3ObjectLambda, "alias", .text(alias)) }
}
