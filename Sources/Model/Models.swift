import Documents
import Synchronization

/// All services' API models: the index in memory, each service read when first asked for.
public final class Models: Sendable {
    /// What the index says of a service, before its model is read.
    public struct Entry: Sendable, Equatable {
        public let id: String
        public let signingName: String
        public let endpointPrefix: String
        public let protocols: [WireProtocol]
        public let targetPrefix: String?
        public let serviceID: String
        public let apiVersion: String
    }

    /// The format this reads; set-up writes it into the index.
    public static let formatVersion: Int64 = 1

    public let directory: String
    /// By ``Entry/id``.
    public let entries: [String: Entry]
    private let targets: [String: String]
    private let signingNames: [String: [String]]
    private let endpointPrefixes: [String: [String]]
    private let serviceNames: [String: String]
    private let loaded = Mutex<[String: ServiceModel]>([:])

    /// - Parameter directory: holds `index.json` and a `<id>.json` for every service.
    /// - Throws: ``ModelError``
    public init(directory: String) throws {
        self.directory = directory
        let path = directory + "/index.json"
        let index: Document
        do { index = try JSON.parse(ModelFile.contents(path)) } catch let error as DocumentError {
            throw ModelError.malformed(path: path, what: "\(error)")
        }
        guard let services = index["services"]?.members else { throw ModelError.malformed(path: path, what: "no services") }
        var entries: [String: Entry] = [:]
        for (id, traits) in services {
            let metadata = ServiceMetadata(traits)
            entries[id] = Entry(
                id: id, signingName: metadata.signingName, endpointPrefix: metadata.endpointPrefix,
                protocols: metadata.protocols, targetPrefix: metadata.targetPrefix, serviceID: metadata.serviceID,
                apiVersion: metadata.apiVersion)
        }
        self.entries = entries
        let sorted = entries.values.sorted { $0.id < $1.id }
        func table(_ key: (Entry) -> String) -> [String: [String]] {
            Dictionary(grouping: sorted, by: key).mapValues { $0.map(\.id) }
        }
        signingNames = table(\.signingName)
        endpointPrefixes = table(\.endpointPrefix)
        var (targets, names): ([String: String], [String: String]) = ([:], [:])
        for entry in sorted {
            if let prefix = entry.targetPrefix.map(Self.shortened), targets[prefix] == nil { targets[prefix] = entry.id }
            names[Self.folded(entry.serviceID)] = entry.id
        }
        (self.targets, serviceNames) = (targets, names)
    }

    /// Sorted.
    public var serviceIDs: [String] { entries.keys.sorted() }

    /// - Throws: ``ModelError/unknownService(_:)``, or that the file can't be read.
    public func service(_ id: String) throws -> ServiceModel {
        if let model = loaded.withLock({ $0[id] }) { return model }
        guard entries[id] != nil else { throw ModelError.unknownService(id) }
        // Read outside the lock: two readers at once do the work twice and keep the first.
        let model = try ServiceModel(id: id, file: ModelFile(path: "\(directory)/\(id).json"))
        return loaded.withLock { loaded in
            if let first = loaded[id] { return first }
            loaded[id] = model
            return model
        }
    }

    /// The service of an `X-Amz-Target`'s first part, such as `DynamoDB_20120810`.
    public func serviceID(targetPrefix: String) -> String? { targets[Self.shortened(targetPrefix)] }

    /// Whether that is the first part of a service's targets. Some clients write CloudTrail's with a package before it
    /// (`com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`), some without.
    public func hasTarget(_ targetPrefix: String, _ id: String) -> Bool {
        guard let own = entries[id]?.targetPrefix else { return false }
        return own == targetPrefix || Self.shortened(own) == Self.shortened(targetPrefix)
    }

    private static func shortened(_ targetPrefix: String) -> String {
        guard let dot = targetPrefix.utf8.lastIndex(of: UInt8(ascii: ".")) else { return targetPrefix }
        return String(targetPrefix[targetPrefix.utf8.index(after: dot)...])
    }

    /// The services that sign by that name, sorted; `[]` when there is none.
    public func serviceIDs(signingName: String) -> [String] { signingNames[signingName] ?? [] }

    /// The services with that label before the region in their host name (`s3`, `logs`, `api.ecr`), sorted.
    public func serviceIDs(endpointPrefix: String) -> [String] { endpointPrefixes[endpointPrefix] ?? [] }

    /// The service named in an rpc-v2-cbor path, `/service/{name}/operation/{operation}`: a service shape's name, which
    /// is the target prefix of services that once spoke aws-json, or the service id.
    public func serviceID(rpcName: String) -> String? {
        // A namespace before the shape's name is allowed and means nothing.
        let name = rpcName.split(separator: ".").last.map(String.init) ?? rpcName
        return targets[name] ?? serviceID(named: name)
    }

    /// The service of that id in AWS's catalogue (`CloudWatch Logs`), whatever its spaces and case.
    public func serviceID(named name: String) -> String? { serviceNames[Self.folded(name)] }

    private static func folded(_ name: String) -> String {
        String(decoding: name.utf8.filter { $0 != 0x20 && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }, as: UTF8.self)
            .lowercased()
    }
}
