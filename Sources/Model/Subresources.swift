/// What S3's queries name beside bucket and key: `?acl`, `?uploads`. A request that names one which its method does not have
/// there means no other operation: a `DELETE` of an object's `?acl` is no deletion of the object.
public struct Subresources: Sendable {
    /// Why a query and an operation do not fit.
    public enum Misfit: Sendable, Equatable {
        /// The names are for several operations.
        case conflict([String])
        /// Buckets have it, by this method, and the request is about a key.
        case unexpectedKey(String)
        /// Keys have it, by this method, and the request is about a bucket.
        case missingKey(String)
        case method(String)
    }

    /// A way to a subresource: of a bucket or of a key, by a method.
    private struct Way: Hashable {
        var isOfKey: Bool
        var method: String
    }

    private let ways: [String: Set<Way>]
    private let literals: [String: Set<String>]

    init(_ operations: [OperationModel]) {
        var (ways, literals): ([String: Set<Way>], [String: Set<String>]) = ([:], [:])
        for operation in operations {
            let template = URITemplate(operation.requestURI)
            for literal in template.query {
                literals[operation.name, default: []].insert(literal.name)
                // `list-type=2` is a parameter.
                guard literal.value == nil else { continue }
                let way = Way(isOfKey: template.segments.contains { $0.rank == 2 }, method: operation.httpMethod)
                ways[literal.name, default: []].insert(way)
            }
        }
        (self.ways, self.literals) = (ways, literals)
    }

    /// - Parameters:
    ///   - names: of the query's parameters.
    ///   - operation: what the request would be; nil for none.
    /// - Returns: nil where it may be that.
    public func misfit(_ names: [String], method: String, isOfKey: Bool, operation: String?) -> Misfit? {
        let own = operation.flatMap { literals[$0] } ?? []
        guard let name = names.first(where: { ways[$0] != nil && !own.contains($0) }) else { return nil }
        if own.contains(where: { ways[$0] != nil }) { return .conflict(names.filter { ways[$0] != nil }) }
        guard ways[name]?.contains(Way(isOfKey: !isOfKey, method: method)) == true else { return .method(name) }
        return isOfKey ? .unexpectedKey(name) : .missingKey(name)
    }
}
