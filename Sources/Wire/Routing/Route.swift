import Documents
import Kernel
import Model

/// Which service a request is for, and in which protocol.
struct ServiceRoute: Sendable {
    let service: ServiceModel
    let wireProtocol: WireProtocol
    /// The path that operations are matched with: path style, whatever the host says.
    let path: String
    /// From the host name.
    let region: String?
    /// The operation's name, where the request names it outside of a form body.
    let operationName: String?
}

/// Finds the service of a request. What counts, in this order: the `X-Amz-Target` header, the rpc-v2 path, the
/// credential scope, the host name, `Action` and `Version`; what has none of them is S3's.
struct ServiceFinder: Sendable {
    let models: Models
    let served: Set<String>
    let hosts: Hosts
    /// The services that sign by a name, ranked.
    private let signers: [String: [String]]

    init(models: Models, served: Set<String>) {
        (self.models, self.served, hosts) = (models, served, Hosts(models))
        signers = Dictionary(grouping: models.entries.values, by: \.signingName).mapValues { Self.ranked($0, served) }
    }

    /// The name that S3's requests to Object Lambda access points are signed for; it has no API model of its own.
    static let objectLambda = "s3-object-lambda"

    /// - Parameters:
    ///   - scope: the signing name of the credential scope.
    ///   - form: the parameters of the query and, where they are already known, of a form body.
    /// - Throws: ``WireFault``, ``ModelError``
    func find(_ request: WireRequest, scope: String?, form: QueryParameters) throws -> ServiceRoute {
        let host = hosts.reading(request.host).name
        if let target = request.headers["x-amz-target"] { return try targeted(target, request, scope: scope, host) }
        if request.headers["smithy-protocol"] == "rpc-v2-cbor" || request.path.hasPrefix("/service/"),
            let route = try rpc(request, host)
        {
            return route
        }
        var candidates: [String] = []
        if let scope {
            candidates = scope == Self.objectLambda ? ["s3"] : signers[scope] ?? []
            if candidates.isEmpty { candidates = ranked(models.serviceIDs(endpointPrefix: scope)) }
            if candidates.isEmpty { throw WireFault.notServed("the service that signs as '\(scope)'") }
        } else if let label = host.label, host.bucket == nil || label != "s3" {
            candidates = ranked(models.serviceIDs(endpointPrefix: label))
        }
        if candidates.isEmpty, form["Action"] != nil, let version = form["Version"] {
            let spoken = models.entries.values.filter {
                $0.apiVersion == version && ($0.protocols.contains(.query) || $0.protocols.contains(.ec2))
            }
            candidates = Self.ranked(spoken, served)
        }
        if candidates.isEmpty { candidates = ["s3"] }
        let id = try choose(candidates, request, host, form)
        let service = try models.service(id)
        let spoken = spoken(service, request, form)
        if spoken == .query || spoken == .ec2, let version = form["Version"], version != service.metadata.apiVersion {
            throw WireFault.unknownVersion(form["Action"] ?? "", version)
        }
        return ServiceRoute(
            service: service, wireProtocol: spoken, path: path(request, service, host), region: host.region,
            operationName: form["Action"])
    }

    private func targeted(_ target: String, _ request: WireRequest, scope: String?, _ host: HostName) throws -> ServiceRoute {
        let dot = target.utf8.lastIndex(of: UInt8(ascii: "."))
        let prefix = dot.map { String(target[..<$0]) } ?? ""
        let operation = dot.map { String(target[target.utf8.index(after: $0)...]) } ?? target
        let scoped = scope.map { models.serviceIDs(signingName: $0) } ?? []
        let fitting = scoped.filter { models.hasTarget(prefix, $0) }
        // Some services share a prefix; then the scope tells them apart, and after that the operation.
        let id =
            try fitting.first { try models.service($0).operation(operation) != nil } ?? fitting.first
            ?? models.serviceID(targetPrefix: prefix) ?? scoped.first
        guard let id else { throw WireFault.unknownOperation(target) }
        let isKnown = models.hasTarget(prefix, id)
        return ServiceRoute(
            service: try models.service(id), wireProtocol: .json, path: request.path, region: host.region,
            operationName: isKnown ? operation : "")
    }

    private func rpc(_ request: WireRequest, _ host: HostName) throws -> ServiceRoute? {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.count == 4, let first = parts.first, first == "service", parts[parts.startIndex + 2] == "operation" else {
            return nil
        }
        guard let id = models.serviceID(rpcName: String(parts[parts.startIndex + 1])) else { return nil }
        let isCBOR = request.headers["smithy-protocol"] != "rpc-v2-json"
        return ServiceRoute(
            service: try models.service(id), wireProtocol: isCBOR ? .rpcV2CBOR : .json, path: request.path, region: host.region,
            operationName: String(parts[parts.startIndex + 3]))
    }

    /// Of services that sign by one name: the one that has the operation, that the host names, that Tarn serves.
    /// - Parameter candidates: ranked.
    private func choose(_ candidates: [String], _ request: WireRequest, _ host: HostName, _ form: QueryParameters) throws
        -> String
    {
        guard let first = candidates.first else { return "s3" }
        if candidates.count == 1 { return first }
        if let label = host.label, let named = candidates.first(where: { models.entries[$0]?.endpointPrefix == label }),
            candidates.filter({ models.entries[$0]?.endpointPrefix == label }).count == 1
        {
            return named
        }
        if let action = form["Action"] {
            let version = form["Version"]
            let fitting = try candidates.filter {
                try models.entries[$0]?.apiVersion == version && models.service($0).operationNames.contains(action)
            }
            if let id = fitting.first { return id }
        }
        // S3's own path templates fit everything, so S3 stands before those of its kin that need their own host.
        if first == "s3" {
            return request.headers["x-amz-account-id"] != nil && candidates.contains("s3control") ? "s3control" : "s3"
        }
        let query = try parameters(request)
        for id in candidates where models.entries[id]?.protocols.contains(where: { $0 == .restJSON || $0 == .restXML }) == true {
            let match = try models.service(id).router.match(
                method: request.method, path: request.path, query: { query[$0] }, hasHeader: { request.headers[$0] != nil })
            if match != nil { return id }
        }
        return first
    }

    /// Those that Tarn serves first, then those that sign by their own name, each in the order of their names.
    private static func ranked(_ entries: [Models.Entry], _ served: Set<String>) -> [String] {
        func rank(_ entry: Models.Entry) -> Int { served.contains(entry.id) ? 0 : entry.signingName == entry.id ? 1 : 2 }
        return entries.map { (rank($0), $0.id) }.sorted { $0 < $1 }.map(\.1)
    }

    private func ranked(_ ids: [String]) -> [String] { Self.ranked(ids.compactMap { models.entries[$0] }, served) }

    private func parameters(_ request: WireRequest) throws -> QueryParameters {
        guard let query = QueryParameters(request.query) else { throw WireFault.badRequest("The query string is malformed") }
        return query
    }

    /// The service's protocol that this request speaks.
    private func spoken(_ service: ServiceModel, _ request: WireRequest, _ form: QueryParameters) -> WireProtocol {
        let protocols = service.metadata.protocols
        if protocols.count == 1, protocols[0] != .json { return protocols[0] }
        if let rest = protocols.first(where: { $0 == .restXML || $0 == .restJSON }) { return rest }
        let isForm = request.headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") ?? false
        let isQuery = form["Action"] != nil || isForm
        if isQuery, protocols.contains(.ec2) { return .ec2 }
        // Services that moved from query to JSON still take both.
        if isQuery, protocols.contains(.query) || service.metadata.isQueryCompatible { return .query }
        return protocols.first { $0 == .json } ?? protocols.first ?? .json
    }

    private func path(_ request: WireRequest, _ service: ServiceModel, _ host: HostName) -> String {
        guard service.id == "s3", let bucket = host.bucket else { return request.path }
        // The host is the way to one request's waiting client, not a bucket.
        if request.method == "POST", request.path == "/WriteGetObjectResponse" { return request.path }
        return "/\(bucket)\(request.path.hasPrefix("/") ? "" : "/")\(request.path)"
    }
}
