import Documents
import Kernel
import Lambda
import Wire

extension AdminRoutes {
    /// Packages of functions and layers, behind the links that GetFunction and GetLayerVersion give.
    mutating func addPackages(_ lambda: LambdaService) {
        on("GET", CodeLinks.path) { request, platform in
            var query: [String: String] = [:]
            for pair in request.query.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let value = PercentEncoding.decode(parts[1]) else { continue }
                query[String(parts[0])] = value
            }
            guard let bytes = try await lambda.package(query, platform) else {
                return Self.json(["message": "The link has ended or is none of this server's."], status: 403)
            }
            return WireResponse(status: 200, headers: [("Content-Type", "application/zip")], body: .bytes(bytes))
        }
    }
}

extension FunctionPages {
    /// Functions' own URLs.
    init(_ lambda: LambdaService, _ platform: Platform) {
        self.init { id, http, body, caller, requestID in
            let answer = try await lambda.answer(
                url: id, http, body: body, caller: caller, requestID: requestID, platform)
            return WireResponse(
                status: answer.status, headers: answer.headers,
                body: answer.stream.map { .stream($0) } ?? .bytes(answer.body))
        }
    }
}
