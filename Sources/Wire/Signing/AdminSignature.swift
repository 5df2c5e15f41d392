import Documents
import Kernel

/// Signature Version 4 on Tarn's own pages, for those that act in somebody's name. The signing name is `tarn`.
public enum AdminSignature {
    static let service = "tarn"

    /// The header fields that sign a request by `credentials`.
    /// - Parameters:
    ///   - host: as the request will name it, with the port.
    ///   - now: the machine's time.
    public static func headers(
        method: String, path: String, host: String, body: [UInt8], credentials: Credentials, region: String, now: Timestamp
    ) -> [(name: String, value: String)] {
        let time = now.iso8601Basic()
        let date = String(time.prefix(8))
        var headers = ["host": host, "x-amz-date": time]
        headers["x-amz-security-token"] = credentials.sessionToken
        let names = headers.keys.sorted()
        let request = WireRequest(method: method, target: path, headers: headers)
        let canonical = SigV4.canonicalRequest(
            request, signedHeaders: names, isS3: false, isPresigned: false, payloadHash: SigV4.hash(body))
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let key = SigV4.signingKey(secret: credentials.secretAccessKey, date: date, region: region, service: service)
        let signature = SigV4.signature(SigV4.stringToSign(time: time, scope: scope, canonical: canonical), key)
        headers["host"] = nil
        let authorization =
            "\(PresentedSignature.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
        return headers.map { (name: $0.key, value: $0.value) } + [(name: "authorization", value: authorization)]
    }

    /// Who signed a request for one of Tarn's own pages.
    /// - Throws: ``AWSError`` with what is wrong with the signature, or that there is none.
    public static func caller(of request: WireRequest, body: [UInt8], _ platform: Platform) async throws -> Caller {
        do {
            guard let query = QueryParameters(request.query), let presented = try PresentedSignature.read(request, query) else {
                throw AuthFault.missing
            }
            let authenticator = Authenticator(platform: platform)
            let claim = try await authenticator.claim(presented, signingNames: [service], isS3: false)
            try authenticator.verify(claim, request, isS3: false, payloadHash: SigV4.hash(body))
            return claim.caller
        } catch let fault as AuthFault {
            throw fault.wire(AuthDialect(.json, service: service))
        }
    }
}
