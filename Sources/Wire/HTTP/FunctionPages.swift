import Documents
import Kernel

/// What the front door must ask of Lambda beside its API: functions' own URLs. Given by whoever puts the two together, so
/// that neither imports the other.
public struct FunctionPages: Sendable {
    /// - Parameters:
    ///   - id: the first label of the host.
    ///   - caller: nil for a request without a signature.
    public typealias Question =
        @Sendable (_ id: String, _ request: HTTPDetails, _ body: [UInt8], _ caller: Caller?, _ requestID: String) async throws
        -> WireResponse

    let answer: Question

    public init(answer: @escaping Question) { self.answer = answer }
}

/// Host names of function URLs: `ID.lambda-url.REGION.on.aws`, and `ID.lambda-url.REGION.localhost` without a name server
/// (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
enum FunctionHost {
    /// - Returns: nil for any other host.
    static func id(_ name: String) -> String? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 4, labels[1] == "lambda-url", !labels[0].isEmpty else { return nil }
        return String(labels[0])
    }
}

/// One request to a function's URL.
struct FunctionExchange {
    let door: FrontDoor
    let request: WireRequest

    /// A function's payload (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
    private static let bodyMax = 6 << 20

    func respond(_ id: String, _ functions: FunctionPages) async -> WireResponse {
        let requestID = RequestID.uuid()
        var response: WireResponse
        do {
            let body = try await request.body.collect(limit: Self.bodyMax)
            let caller = try await caller(body)
            response = try await functions.answer(id, request.details, body, caller, requestID)
        } catch is BodyTooLarge {
            response = Self.refusal(413, "Request Too Long")
        } catch let fault as AuthFault {
            let error = fault.wire(AuthDialect(.restJSON, service: "lambda"))
            response = Self.refusal(error.status, error.message)
        } catch let fault as any Fault {
            response = Self.refusal(fault.wire.status, fault.wire.message)
        } catch {
            door.platform.log.error("a function URL failed", metadata: ["request": "\(requestID)", "error": "\(error)"])
            response = Self.refusal(500, "Internal Server Error")
        }
        response.headers.append(("x-amzn-RequestId", requestID))
        return response
    }

    private func caller(_ body: [UInt8]) async throws -> Caller? {
        // Other kinds of authorization are the function's own business.
        guard let query = QueryParameters(request.query),
            request.headers["authorization"]?.hasPrefix("AWS4-HMAC-SHA256") == true || query["X-Amz-Signature"] != nil,
            let presented = try PresentedSignature.read(request, query)
        else {
            return nil
        }
        let claim = try await door.authenticator.claim(presented, signingNames: ["lambda"], isS3: false)
        let hash = SigV4.hash(body)
        if let header = request.headers["x-amz-content-sha256"], header != hash, header != "UNSIGNED-PAYLOAD" {
            throw AuthFault.payloadMismatch(claimed: header, computed: hash)
        }
        let isUnsigned = request.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        try door.authenticator.verify(claim, request, isS3: false, payloadHash: isUnsigned ? "UNSIGNED-PAYLOAD" : hash)
        return claim.caller
    }

    private static func refusal(_ status: Int, _ message: String) -> WireResponse {
        WireResponse(
            status: status, headers: [("Content-Type", "application/json")],
            body: .bytes(JSON.write(["Message": .string(message)])))
    }
}
