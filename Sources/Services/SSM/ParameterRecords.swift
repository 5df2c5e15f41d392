import Documents
import Kernel
import Store

/// A parameter with its newest version; older ones have rows of their own.
struct ParameterRecord: Stored {
    static let tag: UInt8 = 1

    struct Tag: Codable, Hashable, Sendable {
        var Key: String
        var Value: String
    }

    struct ResourcePolicy: Codable, Hashable, Sendable {
        var id: String
        var hash: String
        var json: String
    }

    var account: String
    var region: String
    var name: String
    var newest: ParameterVersion
    /// The oldest version that is kept.
    var oldest: Int64 = 1
    /// Label to version.
    var labels: [String: Int64] = [:]
    var tags: [Tag] = []
    var resourcePolicies: [ResourcePolicy] = []

    static func all(_ account: String, _ region: String) -> Key { Key(.parameter, .text(account), .text(region)) }

    /// `/name` and `name` are one parameter
    /// (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html).
    static func place(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    var key: Key { Self.all(account, region).appending(.text(Self.place(name))) }
    var versions: Key { Key(.parameterVersion, .text(account), .text(region), .text(Self.place(name))) }
    func versionKey(_ number: Int64) -> Key { versions.appending(.integer(number)) }
    var arn: String { Self.arn(account, region, name) }
    static func arn(_ account: String, _ region: String, _ name: String) -> String {
        ARN("ssm", region: region, account: account, "parameter/\(place(name))").description
    }

    func labels(of version: Int64) -> [String] { labels.filter { $0.value == version }.keys.sorted() }

    func timer(_ policy: String) -> String { "\(policy) \(arn)" }
    /// What a timer finds it by, and the version that it was set for.
    var address: Document {
        [
            "account": .string(account), "region": .string(region), "name": .string(name), "version": .integer(newest.number),
            "modified": .timestamp(newest.modified),
        ]
    }
}

/// One version of a parameter.
struct ParameterVersion: Stored {
    static let tag: UInt8 = 1
    var number: Int64
    var type: String
    var value: ParameterValue
    var keyID: String?
    var description: String?
    var allowedPattern: String?
    var tier: String
    var dataType: String
    var policies: [ParameterPolicy] = []
    var modified: Timestamp
    var modifiedBy: String
}

/// How many parameters an account has in a Region.
struct ParameterTally: Stored {
    static let tag: UInt8 = 1
    var standard = 0
    var advanced = 0

    static func key(_ account: String, _ region: String) -> Key { Key(.parameterTally, .text(account), .text(region)) }
}

enum ParameterType {
    static let string = "String"
    static let list = "StringList"
    static let secure = "SecureString"
}

enum ParameterTier {
    static let standard = "Standard"
    static let advanced = "Advanced"
    static let intelligent = "Intelligent-Tiering"
}
