import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The HTTP client for deliveries to other servers. One for the process; connections are kept and shared.
public enum Outbound {
    // Lives as long as the process, so it is never shut down.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(OutboundLimit.connectSeconds)))
        if let file = ownRoots {
            var trust = TLSConfiguration.makeClientConfiguration()
            trust.additionalTrustRoots = [.file(file)]
            configuration.tlsConfiguration = trust
        }
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = OutboundLimit.connectionsPerHost
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// `SSL_CERT_FILE`, as OpenSSL has it: a PEM file of authorities that are trusted beside the system's, for endpoints that
    /// stand on the developer's machine.
    private static var ownRoots: String? {
        guard let name = getenv("SSL_CERT_FILE").map({ String(cString: $0) }), !name.isEmpty, access(name, R_OK) == 0 else {
            return nil
        }
        return name
    }

    /// Makes a request and waits for the whole answer, or for as much of it as `answerBytes` allows.
    /// - Throws: ``OutboundFault``, `CancellationError`.
    public static func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        guard isAddress(request.url) else { throw OutboundFault.invalid(request.url) }
        for (name, value) in request.headers where !isField(name, value) { throw OutboundFault.invalid(name) }
        var asked = HTTPClientRequest(url: request.url)
        asked.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { asked.headers.add(name: name, value: value) }
        if !request.body.isEmpty { asked.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            let (seconds, attoseconds) = request.timeout.components
            let limit = TimeAmount.nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
            let answer = try await client.execute(asked, timeout: limit)
            var body: [UInt8] = []
            var isCut = false
            for try await piece in answer.body {
                let room = request.answerBytes - body.count
                body.append(contentsOf: piece.readableBytesView.prefix(room))
                if piece.readableBytes > room {
                    isCut = true
                    break
                }
            }
            return OutboundResponse(
                status: Int(answer.status.code), headers: answer.headers.map { ($0.name, $0.value) }, body: body, isCut: isCut)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as HTTPClientError {
            switch error {
            case .deadlineExceeded, .connectTimeout, .readTimeout: throw OutboundFault.timedOut
            case .cancelled: throw CancellationError()
            case .invalidURL, .emptyHost, .emptyScheme:
                throw OutboundFault.invalid(error.description)
            default:
                throw OutboundFault.unreachable(error.description)
            }
        } catch {
            throw OutboundFault.unreachable("\(error)")
        }
    }

    /// Whether a text can be sent to at all: http or https with a host, no blanks, not too long.
    public static func isAddress(_ url: String) -> Bool {
        guard url.utf8.count <= OutboundLimit.urlBytes, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        guard let colon = url.firstIndex(of: ":") else { return false }
        let (scheme, rest) = (url[..<colon].lowercased(), url[colon...])
        guard scheme == "http" || scheme == "https", rest.hasPrefix("://") else { return false }
        let authority = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return !host.isEmpty && !host.hasPrefix(":")
    }

    private static func isField(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }
}
