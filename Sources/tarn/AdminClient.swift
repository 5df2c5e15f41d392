import AsyncHTTPClient
import Documents
import NIOCore

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
        let response: HTTPClientResponse
        do {
            // Moving the clock runs what falls due before it answers.
            response = try await HTTPClient.shared.execute(request, timeout: .minutes(10))
        } catch {
            throw Failure(description: "no Tarn answers at \(endpoint) (\(error)); start one with `tarn serve`")
        }
        let bytes = [UInt8](buffer: try await response.body.collect(upTo: Limit.answerBytes))
        guard response.status == .ok else {
            throw Failure(description: "\(path): \(response.status.code) \(String(decoding: bytes, as: UTF8.self))")
        }
        return try JSON.parse(bytes)
    }
}
