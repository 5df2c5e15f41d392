import AsyncHTTPClient
import Documents
import NIOCore
import NIOHTTP1

/// Tarn's own calls to a running server, under `/_tarn/`.
struct AdminClient {
    struct Failure: Error, CustomStringConvertible { let description: String }
    enum Limit { static let answerBytes = 1 << 20 }

    let endpoint: String

    /// - Throws: ``Failure`` in words for a person: no server there, or what it refused.
    func send(_ method: String, _ path: String, _ body: Document? = nil) async throws -> Document {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = .RAW(value: method)
        if let body { request.body = .bytes(ByteBuffer(bytes: JSON.write(body))) }
        let (status, bytes) = try await exchange(request)
        guard status == .ok else {
            throw Failure(description: "\(path): \(status.code) \(String(decoding: bytes, as: UTF8.self))")
        }
        return try JSON.parse(bytes)
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
