import Documents
import Synchronization

/// A wire protocol, by botocore's names.
public enum WireProtocol: String, Sendable {
    case json, query, ec2
    case restJSON = "rest-json"
    case restXML = "rest-xml"
    case rpcV2CBOR = "smithy-rpc-v2-cbor"
}

/// What the model says of a service as a whole.
public struct ServiceMetadata: Sendable, Equatable {
    /// The first is the one botocore prefers; a server answers in the one the request came in.
    public let protocols: [WireProtocol]
    /// `1.0` or `1.1`, of aws-json.
    public let jsonVersion: String?
    /// Before the operation's name in `X-Amz-Target`.
    public let targetPrefix: String?
    /// The service's name in a credential scope.
    public let signingName: String
    /// The service's label in host names.
    public let endpointPrefix: String
    public let xmlNamespace: XMLNamespace?
    public let apiVersion: String
    public let serviceID: String
    public let signatureVersion: String?
    /// `x-amzn-query-error` is sent with errors, for callers who still match the query protocol's codes.
    public let isQueryCompatible: Bool

    init(_ traits: Document) {
        let names = traits["protocols"]?.list?.compactMap(\.string) ?? []
        let all = names.isEmpty ? [traits["protocol"]?.string].compactMap { $0 } : names
        protocols = all.compactMap(WireProtocol.init)
        jsonVersion = traits["jsonVersion"]?.string
        targetPrefix = traits["targetPrefix"]?.string
        endpointPrefix = traits["endpointPrefix"]?.string ?? ""
        signingName = traits["signingName"]?.string ?? traits["endpointPrefix"]?.string ?? ""
        xmlNamespace = XMLNamespace(traits["xmlNamespace"])
        apiVersion = traits["apiVersion"]?.string ?? ""
        serviceID = traits["serviceId"]?.string ?? ""
        signatureVersion = traits["signatureVersion"]?.string
        isQueryCompatible = traits["awsQueryCompatible"] != nil
    }
}

/// The API of one service. Safe to use from any thread; parts are parsed when first asked for and kept.
public final class ServiceModel: Sendable {
    /// botocore's directory name, as in ``Models/serviceIDs``: `s3`, `logs`, `application-autoscaling`.
    public let id: String
    public let metadata: ServiceMetadata
    /// In the model's order.
    public let operationNames: [String]
    private let table: ShapeTable
    private let operations = Mutex<[String: OperationModel]>([:])
    private let lazyRouter = AtomicLazyReference<OperationRouter>()

    init(id: String, file: ModelFile) throws {
        self.id = id
        guard let place = file.metadata else { throw ModelError.malformed(path: file.path, what: "no metadata") }
        metadata = ServiceMetadata(try file.document(place))
        operationNames = file.operationNames
        table = ShapeTable(file)
    }

    /// A model from its JSON text, for tests. - Throws: ``ModelError``
    public convenience init(id: String, json: String) throws {
        try self.init(id: id, file: ModelFile(bytes: Array(json.utf8), path: id))
    }

    /// Nil for a name the model doesn't have.
    public func operation(_ name: String) -> OperationModel? {
        if let operation = operations.withLock({ $0[name] }) { return operation }
        guard let range = table.file.operations[name], let traits = try? table.file.document(range) else { return nil }
        let made = OperationModel(name, traits, in: table)
        return operations.withLock { operations in
            if let first = operations[name] { return first }
            operations[name] = made
            return made
        }
    }

    /// Nil for a name the model doesn't have.
    public func shape(_ name: String) -> Shape? { table.shape(name) }

    /// All of them, in no order.
    public var shapeNames: [String] { Array(table.file.shapes.keys) }

    /// Finds operations by method and URI; for rest-json and rest-xml. Made when first asked for.
    public var router: OperationRouter {
        lazyRouter.load() ?? lazyRouter.storeIfNil(OperationRouter(operationNames.compactMap(operation)))
    }

    /// Reads every operation and shape of the model, and gives the names that are referred to and missing, or whose
    /// text isn't JSON. Empty for a sound model. Slow; for tests and `tarn doctor`.
    public func danglingShapes() -> [String] {
        var missing = Set(operationNames.filter { operation($0) == nil })
        for operation in operationNames.compactMap(operation) {
            let names = [operation.inputName, operation.outputName].compactMap { $0 } + operation.errorNames
            missing.formUnion(names.filter { shape($0) == nil })
        }
        for name in shapeNames {
            guard let shape = shape(name) else {
                missing.insert(name)
                continue
            }
            let references = shape.members + [shape.element, shape.key, shape.value].compactMap { $0 }
            missing.formUnion(references.map(\.shapeName).filter { self.shape($0) == nil })
        }
        return missing.sorted()
    }
}
