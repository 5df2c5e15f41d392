import Documents
import Kernel

/// The container credential provider (AWS SDKs and Tools Reference Guide, "Container credential provider"): one address
/// and one authorization token, as `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN` name them.
public struct ContainerEndpoint: MetadataResponder {
    public let path: String
    public let authorization: String
    private let keys: RoleKeys
    private let report: @Sendable (String) -> Void

    public init(source: any RoleKeySource, report: @escaping @Sendable (String) -> Void = { _ in }) {
        path = "/v2/credentials/\(Identifier.uuid())"
        authorization = Hex.encode(Identifier.random(32))
        keys = RoleKeys(source: source)
        self.report = report
    }

    public func respond(to request: MetadataRequest) async -> MetadataAnswer {
        guard isMetadataHost(request.headers["host"]), request.headers["origin"] == nil else {
            return Self.refusal(403, "AccessDenied", "Host")
        }
        guard request.path == path else { return Self.refusal(404, "NotFound", "There is no such page") }
        guard request.method == "GET" else { return Self.refusal(405, "MethodNotAllowed", "Use GET") }
        guard let sent = request.headers["authorization"], ConstantTime.equal(sent, authorization) else {
            return Self.refusal(401, "AuthorizationFailed", "The authorization token is missing or wrong")
        }
        do {
            let keys = try await keys.current(delivery: nil)
            guard let id = keys.AccessKeyId, let secret = keys.SecretAccessKey, let token = keys.Token else {
                return Self.refusal(400, keys.Code, keys.Message ?? "")
            }
            return Self.json(
                200,
                [
                    "RoleArn": .string(keys.RoleArn), "AccessKeyId": .string(id), "SecretAccessKey": .string(secret),
                    "Token": .string(token), "Expiration": .string(keys.Expiration.iso8601()),
                ])
        } catch {
            report("\(error)")
            return Self.refusal(500, "InternalServerError", "The role's keys could not be had")
        }
    }

    private static func refusal(_ status: Int, _ code: String, _ message: String) -> MetadataAnswer {
        json(status, ["code": .string(code), "message": .string(message)])
    }

    private static func json(_ status: Int, _ document: Document) -> MetadataAnswer {
        MetadataAnswer(status, String(decoding: JSON.write(document), as: UTF8.self), type: "application/json")
    }
}
