import AsyncHTTPClient
import Documents
import Kernel
import NIOCore
import NIOHTTP1
import Wire

/// Tarn's own calls to a running server, under `/_tarn/`.
struct AdminClient {
    struct Failure: Error, CustomStringConvertible { let description: String }
    enum Limit { static let answerBytes = 1 << 20 }

    /// Keys, and the Region that they sign for.
    struct Signer: Sendable {
        var credentials: Credentials
        var region: String
    }

    let endpoint: String

    /// - Throws: ``Failure`` in words for a person: no server there, or what it refused.
    /// - Parameter signer: whose name the page acts in, where it asks for that.
    func send(
        _ method: String, _ path: String, _ body: Document? = nil, signedBy signer: Signer? = nil
    ) async throws -> Document {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = .RAW(value: method)
        let payload = body.map { JSON.write($0) } ?? []
        if body != nil { request.body = .bytes(ByteBuffer(bytes: payload)) }
        if let signer {
            let host = endpoint.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            let fields = AdminSignature.headers(
                method: method, path: path, host: host, body: payload, credentials: signer.credentials, region: signer.region,
                now: PlatformClock().machineNow)
            for (name, value) in fields { request.headers.add(name: name, value: value) }
        }
        let (status, bytes) = try await exchange(request)
        guard status == .ok else {
            throw Failure(description: "\(path): \(status.code) \(String(decoding: bytes, as: UTF8.self))")
        }
        return try JSON.parse(bytes)
    }

    /// Takes an answer of one JSON document a line, each as it comes.
    func lines(_ method: String, _ path: String, _ take: (Document) throws -> Void) async throws {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = .RAW(value: method)
        let client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: .init(timeout: .init(connect: .seconds(5))))
        let outcome: Result<Void, any Error>
        do {
            let response = try await client.execute(request, timeout: .hours(24))
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Limit.answerBytes)
                throw Failure(description: "\(path): \(response.status.code) \(String(buffer: body))")
            }
            var rest: [UInt8] = []
            for try await piece in response.body {
                rest.append(contentsOf: piece.readableBytesView)
                guard rest.count <= Limit.answerBytes else { throw Failure(description: "\(path): a line is too long") }
                while let end = rest.firstIndex(of: 0x0A) {
                    try take(JSON.parse(Array(rest[..<end])))
                    rest.removeFirst(end + 1)
                }
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await client.shutdown()
        try outcome.get()
    }

    private func exchange(_ request: HTTPClientRequest) async throws -> (HTTPResponseStatus, [UInt8]) {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
        // A refused connection is an answer: nothing listens there.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        let outcome: Result<(HTTPResponseStatus, [UInt8]), any Error>
        do {
            // Moving the clock runs what falls due before it answers.
            let response = try await client.execute(request, timeout: .minutes(10))
            let body = try await response.body.collect(upTo: Limit.answerBytes)
            outcome = .success((response.status, [UInt8](buffer: body)))
        } catch {
            outcome = .failure(
                Failure(description: "no Tarn answers at \(endpoint) (\(error)); start one with `tarn serve`"))
        }
        try await client.shutdown()
        return try outcome.get()
    }
}
