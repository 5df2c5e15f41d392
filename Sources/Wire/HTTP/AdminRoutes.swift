import Documents
import Kernel

/// Tarn's own pages beside the AWS APIs, `/_tarn/...` and `/_localstack/...`.
public struct AdminRoutes: Sendable {
    public typealias Handler = @Sendable (WireRequest, Platform) async throws -> WireResponse

    private struct Route: Sendable {
        let handler: Handler
        let isLocalOnly: Bool
    }
    private var routes: [String: Route] = [:]

    /// Health and clock.
    public init() {
        on("GET", "/_tarn/health") { _, platform in Self.health(platform) }
        on("HEAD", "/_tarn/health") { _, platform in Self.health(platform) }
        // Where awslocal, tflocal and the test kits look whether the services are up.
        on("GET", "/_localstack/health") { _, platform in Self.wrappersHealth(platform) }
        on("HEAD", "/_localstack/health") { _, platform in Self.wrappersHealth(platform) }
        on("GET", "/_tarn/clock") { _, platform in Self.json(["now": .string(platform.clock.now().iso8601())]) }
        on("POST", "/_tarn/clock/advance", localOnly: true, Self.advance)
        on("GET", "/_tarn/why", localOnly: true, Self.why)
    }

    /// Adds or replaces a page.
    /// - Parameter localOnly: refused to clients on other machines.
    public mutating func on(_ method: String, _ path: String, localOnly: Bool = false, _ handler: @escaping Handler) {
        routes["\(method) \(path)"] = Route(handler: handler, isLocalOnly: localOnly)
    }

    static func claims(_ path: String) -> Bool { path.hasPrefix("/_tarn/") || path.hasPrefix("/_localstack/") }

    func respond(to request: WireRequest, _ platform: Platform) async -> WireResponse {
        guard let route = routes["\(request.method) \(request.path)"] else {
            let methods = routes.keys.filter { $0.hasSuffix(" \(request.path)") }.map { String($0.prefix { $0 != " " }) }.sorted()
            if methods.isEmpty { return Self.json(["message": "There is no such page."], status: 404) }
            var refused = Self.json(["message": .string("Use \(methods.joined(separator: " or ")).")], status: 405)
            refused.headers.append(("Allow", methods.joined(separator: ", ")))
            return refused
        }
        if route.isLocalOnly, !Self.isLoopback(request.sourceIP) {
            return Self.json(["message": "Only clients on the same machine may do this."], status: 403)
        }
        // A page in a browser on this machine is on loopback too, whoever wrote it; browsers name its origin.
        if route.isLocalOnly, request.headers["origin"] != nil {
            return Self.json(["message": "Web pages may not do this."], status: 403)
        }
        do { return try await route.handler(request, platform) } catch {
            platform.log.error("\(request.path) failed", metadata: ["error": "\(error)"])
            return Self.json(["message": "This failed; the log says why."], status: 500)
        }
    }

    static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }

    /// An answer in JSON.
    public static func json(_ document: Document, status: Int = 200) -> WireResponse {
        WireResponse(status: status, headers: [("Content-Type", "application/json")], body: .bytes(JSON.write(document)))
    }

    private static func services(_ platform: Platform) -> Document {
        var services = Members()
        for id in platform.services.keys.sorted() { services[id] = "running" }
        return .map(services)
    }

    private static func health(_ platform: Platform) -> WireResponse {
        json(["status": "running", "version": .string(TarnRelease.version), "services": services(platform)])
    }

    /// The edition and version that the wrappers look for on their own emulator's page.
    private static func wrappersHealth(_ platform: Platform) -> WireResponse {
        json(["services": services(platform), "edition": "community", "version": "4.0.0"])
    }

    private static let longest: Double = 100 * 366 * 86_400

    private static func advance(_ request: WireRequest, _ platform: Platform) async throws -> WireResponse {
        let body = try await request.body.collect(limit: 4_096)
        guard let input = try? JSON.parse(body), let seconds = input["seconds"]?.double, seconds >= 0, seconds <= longest else {
            return json(
                ["message": "Send {\"seconds\": N}; the clock moves forward only, by a hundred years at most."], status: 400)
        }
        let result = try await platform.advanceClock(by: .microseconds(Int64(seconds * 1_000_000)))
        return json(["now": .string(result.now.iso8601()), "fired": .integer(Int64(result.fired))])
    }
}
