/// Tells which operation of a REST service a request asks for, by the model's URI templates.
public final class OperationRouter: Sendable {
    /// An operation, and the values of its labels as they stand in the path: still percent-encoded.
    public struct Match: Sendable {
        public let operation: OperationModel
        public let labels: [String: String]
    }

    /// One way in. What an operation's input requires in query and headers tells operations of one template apart:
    /// UploadPart from PutObject, CopyObject from PutObject. A class, because several are looked at for each request.
    private final class Route: Sendable {
        let operation: OperationModel
        let template: URITemplate
        let requiredQuery: [String]
        let requiredHeaders: [String]
        var conditions: Int { template.query.count + requiredQuery.count + requiredHeaders.count }

        init(_ operation: OperationModel, _ template: URITemplate) {
            (self.operation, self.template) = (operation, template)
            let required = operation.input?.required ?? []
            let literals = Set(template.query.map(\.name))
            requiredQuery = required.filter { $0.location == .querystring }.map(\.wireName).filter { !literals.contains($0) }
            requiredHeaders = required.filter { $0.location == .header }.map { $0.wireName.lowercased() }
        }

        func match(_ segments: [Substring]) -> Match? {
            template.labels(segments).map { Match(operation: operation, labels: $0) }
        }
    }

    /// By method, the most specific first: of those that fit, the first is the answer.
    private let routes: [String: [Route]]
    /// Those of them that a request without a query can mean.
    private let plainRoutes: [String: [Route]]
    /// Those of them that require nothing of the query.
    private let completeRoutes: [String: [Route]]

    public let subresources: Subresources

    init(_ operations: [OperationModel]) {
        subresources = Subresources(operations)
        var routes: [String: [Route]] = [:]
        for operation in operations {
            routes[operation.httpMethod, default: []].append(Route(operation, URITemplate(operation.requestURI)))
        }
        self.routes = routes.mapValues { routes in
            routes.enumerated().sorted { left, right in
                let (one, other) = (left.element, right.element)
                if let specific = one.template.isMoreSpecific(than: other.template) { return specific }
                if one.conditions != other.conditions { return one.conditions > other.conditions }
                if one.operation.isDeprecated != other.operation.isDeprecated { return other.operation.isDeprecated }
                // S3's GetBucketLifecycle, replaced by GetBucketLifecycleConfiguration of the same URI.
                if one.operation.name.hasPrefix(other.operation.name) { return true }
                if other.operation.name.hasPrefix(one.operation.name) { return false }
                return left.offset < right.offset
            }.map(\.element)
        }
        plainRoutes = self.routes.mapValues { $0.filter { $0.template.query.isEmpty } }
        completeRoutes = plainRoutes.mapValues { $0.filter { $0.requiredQuery.isEmpty } }
    }

    /// The operation of a request; nil when no template fits, which is the service's "no such method" answer.
    ///
    /// When all that is wrong is that required query parameters or headers are missing, the operation that misses fewest
    /// is given, so that validation can say which.
    ///
    /// - Parameters:
    ///   - path: raw, percent-encoded, from its first `/`, without the query.
    ///   - hasQuery: false says that `query` knows nothing.
    ///   - query: a parameter's value, decoded; `""` for one without a value, nil for one that isn't there.
    ///   - hasHeader: asked with lower-case names.
    public func match(
        method: String, path: String, hasQuery: Bool = true, query: (String) -> String?, hasHeader: (String) -> Bool
    ) -> Match? {
        let segments = Self.segments(path)
        if !hasQuery {
            // Most requests: nothing is named, so the first that has what it requires is the one.
            for route in completeRoutes[method] ?? [] where route.requiredHeaders.allSatisfy(hasHeader) {
                if let match = route.match(segments) { return match }
            }
        }
        var second: (named: Int, missing: Int, route: Route)?
        for route in (hasQuery ? routes : plainRoutes)[method] ?? [] {
            let isNamed = route.template.query.allSatisfy { literal in
                query(literal.name).map { literal.value == nil || $0 == literal.value } ?? false
            }
            guard isNamed, route.template.fits(segments) else { continue }
            let absent = route.requiredQuery.count { query($0) == nil }
            let missing = absent + route.requiredHeaders.count { !hasHeader($0) }
            // What the query names, is meant: `PUT ?partNumber=1` is half an UploadPart and no PutObject.
            let named = route.template.query.count + route.requiredQuery.count - absent
            if missing == 0, named >= second?.named ?? 0 { return route.match(segments) }
            guard let best = second else {
                second = (named, missing, route)
                continue
            }
            if named > best.named || named == best.named && missing < best.missing { second = (named, missing, route) }
        }
        return second?.route.match(segments)
    }

    /// The methods that some template fits this path with, for `Allow` and CORS; sorted.
    public func methods(path: String) -> [String] {
        let segments = Self.segments(path)
        return routes.filter { $0.value.contains { $0.template.labels(segments) != nil } }.keys.sorted()
    }

    private static func segments(_ path: String) -> [Substring] {
        var text = path.utf8[...]
        if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
        return text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
    }
}
