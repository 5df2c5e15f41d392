import Documents
import FunctionEngine
import Kernel
import Store

/// A version of a layer, as ARNs name it.
struct LayerPlace: Sendable, Hashable {
    var account: String
    var region: String
    var name: String
    var version: Int64

    init(account: String, region: String, name: String, version: Int64) {
        (self.account, self.region, self.name, self.version) = (account, region, name, version)
    }

    /// - Parameter arn: `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`
    init?(versionARN arn: String) {
        guard let arn = ARN(arn), arn.service == "lambda" else { return nil }
        let parts = arn.resource.split(separator: ":")
        guard parts.count == 3, parts[0] == "layer", let version = Int64(parts[2]), version > 0 else { return nil }
        self.init(account: arn.account, region: arn.region, name: String(parts[1]), version: version)
    }

    /// - Parameter text: a layer's name or its ARN.
    init(_ text: String, version: Int64, _ context: Context) throws(LambdaFault) {
        self.init(account: context.account, region: context.region, name: text, version: version)
        guard text.hasPrefix("arn:") else { return }
        let parts = ARN(text)?.resource.split(separator: ":") ?? []
        guard let arn = ARN(text), parts.count >= 2, parts[0] == "layer" else {
            throw .invalidParameter("Value '\(text)' is not a layer ARN")
        }
        (account, region, name) = (arn.account, arn.region, String(parts[1]))
    }

    static func all(_ account: String, _ region: String) -> Key { Key(.lambdaLayer, .text(account), .text(region)) }
    var layer: Key { Self.all(account, region).appending(.text(name)) }
    var key: Key { layer.appending(.integer(version)) }
    var layerARN: String { ARN("lambda", region: region, account: account, "layer:\(name)").description }
    var arn: String { "\(layerARN):\(version)" }
}

/// A layer's version as it is kept. The version 0 counts: it holds the last number given.
struct LayerRecord: Stored, PolicyStatements {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    var version: Int64
    var description: String
    var license: String
    var runtimes: [String]
    var architectures: [String]
    var code: BlobID
    var codeSize: Int64
    var codeHash: [UInt8]
    var created: Timestamp
    var statements: [FunctionRecord.Statement] = []
    var frame: FunctionRecord.PolicyFrame?
    var revision: String

    /// Whether it says that it goes with both, where they are given.
    func fits(runtime: String?, architecture: String?) -> Bool {
        (runtime.map(runtimes.contains) ?? true) && (architecture.map(architectures.contains) ?? true)
    }

    var place: LayerPlace { LayerPlace(account: account, region: region, name: name, version: version) }
}

/// The last number that a layer's versions have got; numbers are not used again.
struct LayerCounter: Stored {
    static let tag: UInt8 = 1
    var last: Int64
}
