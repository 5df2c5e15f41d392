import Documents
import Kernel
import Model

/// A browser's upload by form (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html): it becomes a PutObject of
/// whoever signed the form's policy.
struct FormUpload: Sendable {
    let door: FrontDoor
    let request: WireRequest
    let bucket: String
    let requestID: String

    static func isOne(_ request: WireRequest) -> Bool {
        request.method == "POST" && request.headers["authorization"] == nil
            && request.headers["content-type"]?.lowercased().hasPrefix("multipart/form-data") == true
    }

    /// Whether a request that is no form went where forms go: to a bucket by POST.
    static func lacksForm(_ request: WireRequest, path: String) -> Bool {
        guard request.method == "POST", let bucket = CrossOriginExchange.bucket(path) else { return false }
        return path.utf8.count <= bucket.utf8.count + 2
    }

    /// - Throws: ``FormFault``, ``AuthFault``, ``AWSError``.
    func respond(_ s3: ServiceModel) async throws -> WireResponse {
        guard let form = MultipartForm(contentType: request.headers["content-type"] ?? "", request.body) else {
            throw FormFault.malformed
        }
        let (list, file) = try await form.fields()
        var fields = Dictionary(list.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        guard let file else { throw fields["key"] == nil ? FormFault.noKey : FormFault.noFile }
        guard let template = fields["key"] else { throw FormFault.noKey }
        let name = file.name.utf8.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }).last
        let key = Self.replacing("${filename}", by: name.map { String(Substring($0)) } ?? "", in: template)
        guard !key.isEmpty else { throw FormFault.emptyKey }
        fields["bucket"] = bucket
        let (caller, region, policy) = try await authenticate(fields)
        if let policy {
            var judged = fields
            judged["key"] = key
            try policy.check(judged, now: moment(fields))
        }
        let status = try Self.status(fields["success_action_status"])
        guard let operation = s3.operation("PutObject") else { throw WireFault.unknownOperation("PutObject") }
        let plan = door.plans.plan(s3, operation)
        var put = WireRequest(method: "PUT", target: request.path, headers: try Self.headers(fields))
        put.isSecure = request.isSecure
        let decoder = RequestDecoder(
            plan: plan, wireProtocol: .restXML, labels: ["Bucket": bucket, "Key": PercentEncoding.encode(key, keeping: "/")],
            query: QueryParameters())
        let input = try decoder.decode(put, body: nil)
        let body = RequestBody(Self.file(form, policy?.length))
        let reply = try await door.platform.call(
            Call(
                "s3", "PutObject", input, body: body, caller: caller, region: region ?? "us-east-1", requestID: requestID,
                http: request.details.with(put.headers)))
        return answer(reply, plan, key, status: status, redirect: fields["success_action_redirect"] ?? fields["redirect"])
    }

    /// The file's bytes, held to the policy's range of lengths.
    private static func file(_ form: MultipartForm, _ range: (min: Int64, max: Int64)?) -> ByteStream {
        let count = Counter()
        return ByteStream(length: nil) {
            let piece = try await form.piece()
            count.value += Int64(piece?.count ?? 0)
            if let range {
                if count.value > range.max { throw FormFault.tooLarge(count.value, max: range.max) }
                if piece == nil, count.value < range.min { throw FormFault.tooSmall(count.value, min: range.min) }
            }
            return piece
        }
    }

    private func authenticate(_ fields: [String: String]) async throws -> (Caller, region: String?, PostPolicy?) {
        guard let encoded = fields["policy"] else {
            guard fields["x-amz-signature"] == nil, fields["signature"] == nil else { throw FormFault.missingField("policy") }
            return (.anonymous, nil, nil)
        }
        let packed = encoded.filter { !$0.isWhitespace }
        guard let json = Base64.decode(packed) else { throw FormFault.badPolicy("Invalid Base64 encoding.") }
        let caller: Caller
        var region: String?
        if let signature = fields["x-amz-signature"] {
            guard fields["x-amz-algorithm"] == PresentedSignature.algorithm else {
                throw FormFault.missingField("x-amz-algorithm")
            }
            guard let credential = fields["x-amz-credential"] else { throw FormFault.missingField("x-amz-credential") }
            guard fields["x-amz-date"] != nil else { throw FormFault.missingField("x-amz-date") }
            let scope = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard scope.count >= 5, scope[scope.count - 1] == "aws4_request", scope[scope.count - 2] == "s3" else {
                throw AuthFault.malformedQuery(
                    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                )
            }
            let id = scope.dropLast(4).joined(separator: "/")
            let known = try await door.authenticator.credential(id, sessionToken: fields["x-amz-security-token"])
            let key = SigV4.signingKey(
                secret: known.secretAccessKey, date: scope[scope.count - 4], region: scope[scope.count - 3], service: "s3")
            guard ConstantTime.equal(SigV4.signature(Array(encoded.utf8), key), signature) else {
                throw AuthFault.mismatch(key: id, stringToSign: encoded, signature: signature, canonical: "")
            }
            (caller, region) = (known.caller, scope[scope.count - 3])
        } else if let signature = fields["signature"] {
            guard let id = fields["awsaccesskeyid"] else { throw FormFault.missingField("AWSAccessKeyId") }
            let known = try await door.authenticator.credential(id, sessionToken: fields["x-amz-security-token"])
            guard ConstantTime.equal(SigV2.signature(encoded, secret: known.secretAccessKey), signature) else {
                throw AuthFault.mismatch(key: id, stringToSign: encoded, signature: signature, canonical: "")
            }
            caller = known.caller
        } else {
            throw FormFault.missingField("x-amz-signature")
        }
        return (caller, region, try PostPolicy(json))
    }

    /// Now, by the clock that the form's maker had: a clock that was moved before that counts for both.
    private func moment(_ fields: [String: String]) -> Timestamp {
        let clock = door.platform.clock
        guard let signed = fields["x-amz-date"].flatMap({ Timestamp(iso8601: $0) }) else { return clock.machineNow }
        return clock.now() - clock.offset(at: signed)
    }

    private static func status(_ text: String?) throws -> Int {
        switch text {
        case "200": 200
        case "201": 201
        // Anything else is as if it were not there.
        default: 204
        }
    }

    /// The fields that a PutObject has as header fields.
    private static func headers(_ fields: [String: String]) throws -> [String: String] {
        let plain: Set<String> = [
            "cache-control", "content-type", "content-disposition", "content-encoding", "content-language", "expires",
            "content-md5",
        ]
        let own: Set<String> = [
            "x-amz-signature", "x-amz-credential", "x-amz-algorithm", "x-amz-date", "x-amz-security-token",
        ]
        var headers: [String: String] = [:]
        for (name, value) in fields where plain.contains(name) || name.hasPrefix("x-amz-") && !own.contains(name) {
            headers[name] = value
        }
        headers["x-amz-acl"] = fields["acl"] ?? headers["x-amz-acl"]
        if let xml = fields["tagging"] { headers["x-amz-tagging"] = try tagging(xml) }
        return headers
    }

    /// Tags come as the XML of a tag set.
    private static func tagging(_ xml: String) throws -> String {
        let fault = AWSError(
            "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema")
        guard let root = try? XMLReader.parse(Array(xml.utf8)), root.name == "Tagging",
            let set = root.children.first(where: { $0.name == "TagSet" })
        else { throw fault }
        return try set.children.map { tag in
            guard let key = tag.children.first(where: { $0.name == "Key" })?.text,
                let value = tag.children.first(where: { $0.name == "Value" })?.text
            else { throw fault }
            return "\(PercentEncoding.encode(key))=\(PercentEncoding.encode(value))"
        }.joined(separator: "&")
    }

    private func answer(_ reply: Reply, _ plan: OperationPlan, _ key: String, status: Int, redirect: String?) -> WireResponse {
        let eTag = reply.output["ETag"]?.string ?? ""
        let scheme = request.isSecure ? "https" : "http"
        // The bucket is in the path or in the host, as the form had it.
        let base = request.path.dropFirst().isEmpty ? "" : "/\(bucket)"
        let location = "\(scheme)://\(request.host)\(base)/\(PercentEncoding.encode(key))"
        var response = WireResponse(status: status)
        ResponseEncoder(wireProtocol: .restXML, requestID: requestID).identify(&response, nil)
        response.headers.append(("ETag", eTag))
        // What a PutObject tells: the version, the encryption, the checksum, when the object expires.
        for member in plan.outputBindings where member.location == .header && member.name != "ETag" {
            if let text = reply.output[member.name]?.string { response.headers.append((member.wireName, text)) }
        }
        if let redirect, redirect.hasPrefix("http://") || redirect.hasPrefix("https://"),
            !redirect.utf8.contains(where: { $0 < 32 })
        {
            let query =
                "bucket=\(PercentEncoding.encode(bucket))&key=\(PercentEncoding.encode(key))&etag=\(PercentEncoding.encode(eTag))"
            response.status = 303
            response.headers.append(("Location", redirect + (redirect.contains("?") ? "&" : "?") + query))
            return response
        }
        response.headers.append(("Location", location))
        guard status == 201 else { return response }
        var writer = XMLShapeWriter(.restXML)
        writer.declaration()
        writer.open("PostResponse")
        writer.leaf("Location", location)
        writer.leaf("Bucket", bucket)
        writer.leaf("Key", key)
        writer.leaf("ETag", eTag)
        writer.close("PostResponse")
        response.headers.append(("Content-Type", "application/xml"))
        response.body = .bytes(writer.bytes)
        return response
    }

    private static func replacing(_ mark: String, by value: String, in text: String) -> String {
        var rest = text[...]
        var output = ""
        while let found = rest.range(of: mark) {
            output += rest[..<found.lowerBound] + value
            rest = rest[found.upperBound...]
        }
        return output + rest
    }
}

/// Counts what one reader has pulled.
private final class Counter: @unchecked Sendable {  // its one reader waits for each piece before it asks again
    var value: Int64 = 0
}
