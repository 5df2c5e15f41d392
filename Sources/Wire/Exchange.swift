import Documents
import Kernel
import Model

/// One request on its way through the front door. The steps are in ``answer()``, in their order.
struct Exchange {
    let door: FrontDoor
    let request: WireRequest
    private var requestID = ""
    private var service: ServiceModel?
    private var wireProtocol = WireProtocol.restXML
    private var operation: OperationModel?
    private var isQueryJSON = false
    /// The route found from the request line and headers, and the scope it was found with.
    private var guessed: (scope: String?, route: ServiceRoute)?
    /// For access logs: who asked, what was refused, what was answered.
    private var caller: Caller?
    private var refusal: AWSError?
    private var output: Document?

    init(door: FrontDoor, request: WireRequest) {
        (self.door, self.request) = (door, request)
    }

    private var platform: Platform { door.platform }
    private var isS3: Bool { wireProtocol == .restXML && (service?.id == "s3" || service?.id == "s3control") }

    mutating func respond() async -> WireResponse {
        var response: WireResponse
        let began = door.served == nil ? nil : platform.clock.now()
        do {
            response = try await answer()
        } catch {
            if requestID.isEmpty { requestID = RequestID.uuid() }
            response = refuse(error)
        }
        // What a browser's page may see of it.
        if isS3, request.headers["origin"] != nil, request.method != "OPTIONS", let route = guessed?.route {
            response.headers += await CrossOriginExchange.headers(request, path: route.path, door.pages)
        } else if !isS3, request.method != "OPTIONS" {
            response.headers += BrowserAccess.headers(request)
        }
        if isS3, let began { tell(response, began) }
        return response
    }

    private func tell(_ response: WireResponse, _ began: Timestamp) {
        guard let served = door.served, let path = guessed?.route.path, guessed?.route.service.id == "s3",
            let bucket = CrossOriginExchange.bucket(path), served.wants(bucket)
        else { return }
        served.tell(
            ServedRequests.Entry(
                request, response, path: path, bucket: bucket, operation: operation?.name, caller: caller, error: refusal,
                output: output, requestID: requestID, began: began, ended: platform.clock.now()))
    }

    private mutating func answer() async throws -> WireResponse {
        guard request.path.hasPrefix("/"), request.path.utf8.count + request.query.utf8.count <= Limit.targetBytes,
            let query = QueryParameters(request.query)
        else { throw WireFault.invalidURI }
        let read = Result { try PresentedSignature.read(request, query) }
        guess(query, try? read.get())
        let presented = try read.get()
        if var allowed = BrowserAccess.preflight(request, guessed?.route) {
            allowed.headers.append(("x-amzn-RequestId", requestID))
            return allowed
        }
        if isS3, let route = guessed?.route {
            if request.method == "OPTIONS" { return try await preflight(route) }
            if presented == nil, FormUpload.isOne(request), let bucket = CrossOriginExchange.bucket(route.path) {
                guard route.path.dropFirst(bucket.utf8.count + 1).count <= 1 else { throw WireFault.methodNotAllowed("POST") }
                return try await FormUpload(door: door, request: request, bucket: bucket, requestID: requestID)
                    .respond(route.service)
            }
        }
        let claim = try await self.claim(presented)
        let form = try await formBody(presented)
        let route = try find(presented, query, form)
        let (plan, labels) = try self.plan(route, query)
        if request.method == "OPTIONS" { throw WireFault.corsForbidden }
        var caller = claim?.caller ?? .anonymous
        if claim == nil, isS3, let old = try SigV2.read(request, query) {
            caller = try await door.authenticator.verify(old, request, path: route.path, query: query)
        }
        self.caller = caller
        if !isS3, caller.kind == .root, BrowserAccess.isForeign(request) { throw WireFault.foreignPage }
        let isOpen = plan.operation.isAnonymous || LinkOperations.holds(route.service.id, plan.operation.name)
        if claim == nil, !isS3, !isOpen {
            throw request.headers["authorization"].map(SigV2.isOne) == true ? AuthFault.unsupportedMechanism : .missing
        }
        let entry = platform.operations[route.service.id]?.entries[plan.operation.name]
        let streams = entry?.streams == true && plan.isBlobIn
        let (body, bytes) = try await self.body(claim, plan, form, streams: streams && entry != nil)
        let decoder = RequestDecoder(plan: plan, wireProtocol: wireProtocol, labels: labels, query: query)
        let input = try decoder.decode(request, body: bytes)
        if entry != nil { try validate(input, plan, isPayloadStreamed: streams) }
        let region = try region(claim, route)
        let call = Call(
            route.service.id, plan.operation.name, input, body: body, caller: caller, region: region, requestID: requestID,
            http: request.details)
        // Off but for those who asked for faults.
        let faults = door.faults.isOn ? door.faults.draw(route.service.id, plan.operation.name, region: region, input) : []
        if !faults.isEmpty { try await door.faults.apply(faults, of: route.service) }
        let reply = try await platform.call(call)
        if plan.operation.name == "DeleteObjects" { output = reply.output }
        var response = ResponseEncoder(wireProtocol: wireProtocol, requestID: requestID, isQueryJSON: isQueryJSON)
            .encode(reply, plan)
        if request.method == "HEAD" { response.body = .bytes([]) }
        return faults.contains(.truncate) ? FaultInjector.truncated(response) : response
    }

    private func preflight(_ route: ServiceRoute) async throws -> WireResponse {
        var response = try await CrossOriginExchange.preflight(request, path: route.path, door.pages)
        ResponseEncoder(wireProtocol: wireProtocol, requestID: requestID).identify(&response, service)
        return response
    }

    /// What an error before the service is known for certain is worded for.
    private mutating func guess(_ query: QueryParameters, _ presented: PresentedSignature?) {
        var scope: String?
        if let presented {
            scope = presented.service
        } else if let header = request.headers["authorization"], let credential = Self.credential(header) {
            scope = Self.scopedService(credential)
        } else if let credential = query["X-Amz-Credential"] {
            scope = Self.scopedService(credential[...].utf8)
        }
        isQueryJSON = QueryJSON.isAsked(query)
        if let route = try? door.finder.find(request, scope: scope, form: query) {
            take(route)
            guessed = (scope, route)
        }
        requestID = isS3 ? RequestID.ofS3() : RequestID.uuid()
    }

    /// What follows `Credential=` in an Authorization header.
    private static func credential(_ header: String) -> Substring.UTF8View? {
        var rest = header.utf8[...]
        while let at = rest.firstIndex(of: UInt8(ascii: "C")) {
            rest = rest[at...]
            if rest.starts(with: "Credential=".utf8) { return rest.dropFirst(11).prefix { $0 != UInt8(ascii: ",") } }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func scopedService(_ credential: Substring.UTF8View) -> String? {
        let parts = credential.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count >= 4 ? String(Substring(parts[parts.count - 2])) : nil
    }

    private mutating func take(_ route: ServiceRoute) {
        (service, wireProtocol) = (route.service, route.wireProtocol)
    }

    private func claim(_ presented: PresentedSignature?) async throws -> Authenticator.Claim? {
        guard let presented else { return nil }
        var names = [service?.metadata.signingName, service?.metadata.endpointPrefix].compactMap { $0 }
        if service?.id == "s3" { names.append(ServiceFinder.objectLambda) }
        return try await door.authenticator.claim(
            presented, signingNames: names.isEmpty ? [presented.service] : names, isS3: isS3)
    }

    /// A signature of Version 4 is for one Region. One of Version 4A is for a set, of which the host may name one.
    private func region(_ claim: Authenticator.Claim?, _ route: ServiceRoute) throws -> String {
        guard let presented = claim?.presented, let set = presented.regionSet else {
            return claim?.presented.region ?? route.region ?? "us-east-1"
        }
        if let region = route.region, !set.covers(region) {
            throw AuthFault.badScope(
                "The signature's Regions '\(set.patterns.joined(separator: ","))' do not cover '\(region)'. ")
        }
        return route.region ?? set.only ?? "us-east-1"
    }

    /// A form names the operation, so it is read before the operation is known.
    private func formBody(_ presented: PresentedSignature?) async throws -> [UInt8]? {
        guard request.method == "POST", presented?.service != "s3",
            request.headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") == true
        else { return nil }
        return try await collect(Limit.body("", ""))
    }

    private func collect(_ limit: Int) async throws -> [UInt8] {
        do { return try await request.body.collect(limit: limit) } catch let error as BodyTooLarge {
            throw WireFault.tooLarge(error.limit)
        }
    }

    private mutating func find(_ presented: PresentedSignature?, _ query: QueryParameters, _ form: [UInt8]?) throws
        -> ServiceRoute
    {
        // Nothing more is known now than at the guess: the same question has the same answer.
        if form == nil, let guessed, guessed.scope == presented?.service { return guessed.route }
        var parameters = query
        if let form {
            guard let more = QueryParameters(String(decoding: form, as: UTF8.self)) else {
                throw WireFault.badRequest("The form is malformed")
            }
            parameters.append(more)
            isQueryJSON = QueryJSON.isAsked(parameters)
        }
        let route = try door.finder.find(request, scope: presented?.service, form: parameters)
        take(route)
        return route
    }

    private mutating func plan(_ route: ServiceRoute, _ query: QueryParameters) throws -> (OperationPlan, [String: String]) {
        let service = route.service
        switch route.wireProtocol {
        case .restXML, .restJSON:
            let match = service.router.match(
                method: request.method, path: route.path, hasQuery: !query.pairs.isEmpty, query: { query[$0] },
                hasHeader: { request.headers[$0] != nil })
            if request.method == "OPTIONS", match == nil { throw WireFault.corsForbidden }
            try checkSubresources(route, query, match?.operation.name)
            guard let match else {
                if isS3, FormUpload.lacksForm(request, path: route.path) { throw FormFault.noForm }
                throw WireFault.unknownOperation(nil)
            }
            operation = match.operation
            return (door.plans.plan(service, match.operation), match.labels)
        case .json, .query, .ec2, .rpcV2CBOR:
            guard let name = route.operationName else {
                throw route.wireProtocol == .json ? WireFault.unknownOperation(nil) : WireFault.missingAction
            }
            guard let found = service.operation(name) else { throw WireFault.unknownOperation(name) }
            operation = found
            return (door.plans.plan(service, found), [:])
        }
    }

    private func checkSubresources(_ route: ServiceRoute, _ query: QueryParameters, _ operation: String?) throws {
        guard route.service.id == "s3", request.method != "HEAD", !query.pairs.isEmpty,
            let bucket = CrossOriginExchange.bucket(route.path)
        else { return }
        let misfit = route.service.router.subresources.misfit(
            query.pairs.map(\.name), method: request.method, isOfKey: route.path.utf8.count > bucket.utf8.count + 2,
            operation: operation)
        if let misfit { throw WireFault.subresource(misfit, method: request.method) }
    }

    /// Verifies the signature, and gives the body as a stream, whole, or both.
    private func body(
        _ claim: Authenticator.Claim?, _ plan: OperationPlan, _ form: [UInt8]?, streams: Bool
    ) async throws -> (RequestBody, [UInt8]?) {
        guard isS3 else { return try await wholeBody(claim, plan, form, streams: streams) }
        let header = request.headers["x-amz-content-sha256"]
        if let claim {
            guard header != nil || claim.presented.place == .query else { throw AuthFault.missingContentHash }
        }
        guard let content = header.map({ ContentHash($0) }) ?? .unsigned else { throw AuthFault.malformedContentHash }
        var signer: ChunkedDecoder.Signer?
        if let claim {
            try door.authenticator.verify(claim, request, isS3: true, payloadHash: header ?? "UNSIGNED-PAYLOAD")
            signer = ChunkedDecoder.Signer(
                key: claim.key, time: claim.presented.time, scope: claim.presented.scope, previous: claim.presented.signature)
        } else if case .streaming(isSigned: true, _) = content {
            throw AuthFault.missing
        }
        // Most reads have no body: nothing is set up to check it.
        if !streams, request.body.length == 0, content == .unsigned || content == .hashed(SigV4.emptyHash),
            request.headers["content-md5"] == nil, plan.operation.checksum?.requestAlgorithmMember == nil
        {
            return (.empty, [])
        }
        let check = try PayloadCheck(content, headers: request.headers, signer: signer, wireLength: request.body.length)
        let body = check.body(request.body, headers: request.headers)
        if streams { return (body, nil) }
        do {
            let bytes = try await body.stream.collect(limit: plan.bodyLimit)
            if plan.operation.checksum?.requestAlgorithmMember != nil { try ChecksumAlgorithm.check(bytes, request.headers) }
            return (.empty, bytes)
        } catch let error as BodyTooLarge {
            throw WireFault.tooLarge(error.limit)
        }
    }

    private func wholeBody(
        _ claim: Authenticator.Claim?, _ plan: OperationPlan, _ form: [UInt8]?, streams: Bool
    ) async throws -> (RequestBody, [UInt8]?) {
        var bytes = form ?? []
        if form == nil { bytes = try await collect(plan.bodyLimit) }
        if let claim {
            let header = request.headers["x-amz-content-sha256"]
            let isUnsigned = header == "UNSIGNED-PAYLOAD" && plan.operation.isUnsignedPayload
            let hash = isUnsigned ? "UNSIGNED-PAYLOAD" : SigV4.hash(bytes)
            if let header, header != hash { throw AuthFault.payloadMismatch(claimed: header, computed: hash) }
            try door.authenticator.verify(claim, request, isS3: false, payloadHash: hash)
        }
        return streams ? (RequestBody(ByteStream(bytes: bytes)), nil) : (.empty, bytes)
    }

    /// S3 judges its input itself; of every other service the model is asked.
    private func validate(_ input: Document, _ plan: OperationPlan, isPayloadStreamed: Bool) throws {
        guard let shape = plan.input else { return }
        if wireProtocol == .restXML {
            for member in plan.requiredMembers where input[member.name] == nil {
                if isPayloadStreamed, member.name == shape.payload { continue }
                // Who may not look at an object is told that first, not what the request lacks.
                if isS3, plan.operation.name == "GetObjectAttributes", member.location == .header { continue }
                if member.name == shape.payload { throw AWSError("MissingRequestBodyError", 400, "Request Body is empty") }
                // A POST to an object that names nothing to do.
                if isS3, member.location == .querystring, request.query.isEmpty {
                    throw WireFault.methodNotAllowed(request.method)
                }
                throw WireFault.missingMember(member.wireName)
            }
            // What a body lacks is a fault of its XML; what its values may be, S3 says itself.
            let lacksSome = plan.bodyMembers.contains { member in
                guard let body = input[member.name] else { return false }
                return Validator.validate(body, shape: member.shape).contains { $0.constraint == .notNull }
            }
            if lacksSome, !isPayloadStreamed {
                throw AWSError(
                    "MalformedXML", 400,
                    "The XML you provided was not well-formed or did not validate against our published schema")
            }
            return
        }
        // SQS has codes of its own for each (MissingParameter, InvalidAttributeName); its service says them.
        if plan.service.id == "sqs" { return }
        var violations = Validator.validate(input, shape: shape)
        if isPayloadStreamed, let payload = shape.payload {
            violations.removeAll { $0.constraint == .notNull && $0.path.lowercased() == payload.lowercased() }
        }
        guard !violations.isEmpty else { return }
        throw door.platform.services[plan.service.id]?.refusal(of: violations)
            ?? WireFault.validation(Validator.format(violations))
    }

    private mutating func refuse(_ error: any Error) -> WireResponse {
        let id = service?.id ?? "s3"
        var wire: AWSError
        switch error {
        case let error as AWSError: wire = error
        case let fault as AuthFault: wire = fault.wire(AuthDialect(wireProtocol, service: id))
        case let fault as WireFault: wire = fault.wire(wireProtocol, service: id)
        case let fault as any Fault: wire = fault.wire
        default:
            platform.log.error("request failed", metadata: ["request": "\(requestID)", "error": "\(error)"])
            wire = .internalFailure
        }
        if isS3, wire.code == "MalformedXML", operation?.name.hasSuffix("Acl") == true { wire.code = "MalformedACLError" }
        refusal = wire
        return ErrorEncoder(
            wireProtocol: wireProtocol, service: service, operation: operation, requestID: requestID, isQueryJSON: isQueryJSON
        )
        .encode(wire, resource: request.path, isHead: request.method == "HEAD")
    }
}
