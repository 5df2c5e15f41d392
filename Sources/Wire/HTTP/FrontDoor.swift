import Documents
import HummingbirdCore
import Kernel
import Model
import NIOCore
import NIOPosix

/// Where requests from outside come in: HTTP on one port, and all of AWS's protocols on it.
public final class FrontDoor: Sendable {
    public let platform: Platform
    let admin: AdminRoutes
    let finder: ServiceFinder
    let authenticator: Authenticator
    let plans = OperationPlans()
    let date = DateHeader()
    let tls: LocalTLS
    let pages: BucketPages?
    let served: ServedRequests?
    let functions: FunctionPages?
    /// Faults on demand.
    public let faults: FaultInjector

    /// - Parameter admin: the pages under `/_tarn/`.
    /// - Parameter pages: browsers' questions and websites; nil answers neither.
    /// - Parameter functions: functions' own URLs; nil answers none.
    public init(
        platform: Platform, admin: AdminRoutes = AdminRoutes(), pages: BucketPages? = nil,
        functions: FunctionPages? = nil, served: ServedRequests? = nil, faults: FaultInjector = FaultInjector()
    ) {
        self.platform = platform
        self.admin = admin
        (self.pages, self.functions, self.served, self.faults) = (pages, functions, served, faults)
        finder = ServiceFinder(models: platform.models, served: Set(platform.services.keys))
        authenticator = Authenticator(platform: platform)
        tls = LocalTLS(directory: platform.configuration.dataDirectory + "/tls", clock: platform.clock)
    }

    /// Listens at the configuration's host and port, and serves until the task is cancelled or the service group shuts
    /// down; then requests that have begun are finished, for as long as ``Limit/stopSeconds``.
    /// - Throws: ``PortTaken``, or what else keeps the address from being bound.
    public func run() async throws {
        try tls.prepare()
        let configuration = platform.configuration
        var names: NameServer?
        if let port = configuration.namePort {
            names = try await NameServer(host: configuration.host, port: port)
            platform.log.info("AWS's names are answered at UDP port \(names?.port ?? port)")
        }
        let server = HummingbirdCore.Server(
            childChannelSetup: FrontChannel(door: self),
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(ConnectionLimit.set())),
            onServerRunning: { [platform] channel in
                guard let port = channel.localAddress?.port else { return }
                let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
                platform.listens(at: "http://\(host):\(port)")
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: platform.log)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await Stopping.within(.seconds(Limit.stopSeconds)) {
                    try await server.run()
                } overdue: { [platform] in
                    platform.log.notice("requests were still open and were cut off")
                })
        } catch {
            outcome = .failure(PortTaken(error, host: configuration.host, port: configuration.port) ?? error)
        }
        try await names?.close()
        try outcome.get()
    }

    /// Answers one request, whatever way it came. Never fails: what goes wrong is an answer.
    public func respond(to request: WireRequest) async -> WireResponse {
        var response: WireResponse
        let host = finder.hosts.reading(request.host)
        if AdminRoutes.claims(request.path) {
            response = await admin.respond(to: request, platform)
        } else if let pages, let bucket = host.website {
            response = await website(bucket, request, pages)
        } else if let functions, let id = host.function {
            response = await FunctionExchange(door: self, request: request).respond(id, functions)
        } else {
            var exchange = Exchange(door: self, request: request)
            response = await exchange.respond()
        }
        response.headers.append(("Date", date.text(platform.clock.machineNow)))
        return response
    }

    private func website(_ bucket: String, _ request: WireRequest, _ pages: BucketPages) async -> WireResponse {
        let id = RequestID.ofS3()
        let began = platform.clock.now()
        var response: WireResponse
        do {
            let path = PercentEncoding.decode(request.path) ?? request.path
            response = try await pages.website(bucket, path, request.details, id)
        } catch {
            platform.log.error("website failed", metadata: ["bucket": "\(bucket)", "error": "\(error)"])
            response = WireResponse(status: 500)
        }
        if request.method == "HEAD" { response.body = .bytes([]) }
        ResponseEncoder(wireProtocol: .restXML, requestID: id).identify(&response, nil)
        let headers = await CrossOriginExchange.headers(request, path: "/\(bucket)", pages)
        response.headers.append(contentsOf: headers)
        if let served, served.wants(bucket) {
            served.tell(
                ServedRequests.Entry(
                    request, response, path: "/\(bucket)\(request.path)", bucket: bucket,
                    operation: ServedRequests.websiteOperation, caller: nil, error: nil, output: nil, requestID: id,
                    began: began, ended: platform.clock.now()))
        }
        return response
    }
}
