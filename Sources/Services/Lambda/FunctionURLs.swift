import Documents
import FunctionEngine
import Kernel
import Store

/// A function's, or an alias's, own URL.
struct URLRecord: Stored {
    static let tag: UInt8 = 1

    struct CORS: Codable, Sendable {
        var AllowCredentials: Bool?
        var AllowHeaders: [String]?
        var AllowMethods: [String]?
        var AllowOrigins: [String]?
        var ExposeHeaders: [String]?
        var MaxAge: Int?
    }

    var id: String
    var account: String
    var region: String
    var function: String
    /// The alias; nil is `$LATEST`.
    var qualifier: String?
    /// `NONE` or `AWS_IAM`.
    var auth: String
    var cors: CORS?
    var created: Timestamp
    var modified: Timestamp
    /// `RESPONSE_STREAM`; nil is `BUFFERED`.
    var mode: String?
    /// Calls need `lambda:InvokeFunction` beside `lambda:InvokeFunctionUrl`, as those of every URL made since Tarn knows of
    /// it; nil for older ones, which AWS goes on to serve as well.
    var needsInvoke: Bool?

    static func all(_ account: String, _ region: String, _ function: String) -> Key {
        Key(.lambdaURL, .text(account), .text(region), .text(function))
    }
    static func key(_ account: String, _ region: String, _ function: String, _ qualifier: String?) -> Key {
        all(account, region, function).appending(.text(qualifier ?? "$LATEST"))
    }
    static func byID(_ id: String) -> Key { Key(.lambdaURLByID, .text(id)) }

    var key: Key { Self.key(account, region, function, qualifier) }
    var functionARN: String {
        let arn = ARN("lambda", region: region, account: account, "function:\(function)").description
        return qualifier.map { "\(arn):\($0)" } ?? arn
    }

    /// What a call by this URL must be allowed to do (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
    var permissions: [Permission] {
        var needed = [
            Permission("lambda:InvokeFunctionUrl", on: functionARN, conditions: ["lambda:FunctionUrlAuthType": [auth]])
        ]
        if needsInvoke == true {
            needed.append(
                Permission("lambda:InvokeFunction", on: functionARN, conditions: ["lambda:InvokedViaFunctionUrl": ["true"]]))
        }
        return needed
    }

    func put(into transaction: any Transaction) throws {
        try transaction.put(key, self)
        try transaction.put(Self.byID(id), self)
    }

    func delete(from transaction: any Transaction) throws {
        try transaction.delete(key)
        try transaction.delete(Self.byID(id))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
extension LambdaService {
    struct CreateURLInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
        var AuthType: String
        var Cors: URLRecord.CORS?
        var InvokeMode: String?
    }

    struct UpdateURLInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
        var AuthType: String?
        var Cors: URLRecord.CORS?
        var InvokeMode: String?
    }

    struct URLOutput: Encodable, Sendable {
        var FunctionUrl: String
        var FunctionArn: String
        var AuthType: String
        var Cors: URLRecord.CORS?
        var CreationTime: String
        var LastModifiedTime: String
        var InvokeMode = "BUFFERED"

        init(_ record: URLRecord, _ context: Context) {
            (FunctionArn, AuthType, Cors) = (record.functionARN, record.auth, record.cors)
            InvokeMode = record.mode ?? "BUFFERED"
            CreationTime = record.created.iso8601(milliseconds: true)
            LastModifiedTime = record.modified.iso8601(milliseconds: true)
            FunctionUrl = LambdaService.address(record, context)
        }
    }

    struct CreateURLOutput: Encodable, Sendable {
        var FunctionUrl: String
        var FunctionArn: String
        var AuthType: String
        var Cors: URLRecord.CORS?
        var CreationTime: String
        var InvokeMode = "BUFFERED"

        init(_ output: URLOutput) {
            (FunctionUrl, FunctionArn, AuthType) = (output.FunctionUrl, output.FunctionArn, output.AuthType)
            (Cors, CreationTime, InvokeMode) = (output.Cors, output.CreationTime, output.InvokeMode)
        }
    }

    /// Under `localhost`, with the port that the asking client has used: names below it lead to this machine.
    private static func address(_ record: URLRecord, _ context: Context) -> String {
        let base = context.http.map { "\($0.isSecure ? "https" : "http")://\($0.host)" } ?? context.platform.endpoint
        let scheme = base.prefix { $0 != ":" }
        let port = base.split(separator: ":").last.flatMap { Int($0) }.map { ":\($0)" } ?? ""
        return "\(scheme)://\(record.id).lambda-url.\(record.region).localhost\(port)/"
    }

    func createURL(_ input: CreateURLInput, _ context: Context) async throws -> CreateURLOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
        let id = String(Identifier.random(32).map { letters[Int($0 & 31)] })
        let record = URLRecord(
            id: id, account: name.account, region: name.region, function: name.name, qualifier: name.qualifier,
            auth: input.AuthType, cors: input.Cors, created: context.now, modified: context.now,
            mode: input.InvokeMode, needsInvoke: true)
        try await context.store.write { transaction in
            _ = try name.find(in: transaction)
            guard try !transaction.contains(record.key) else { throw LambdaFault.urlExists(arn: record.functionARN) }
            try record.put(into: transaction)
        }
        return CreateURLOutput(URLOutput(record, context))
    }

    private static func url(_ name: FunctionName, in snapshot: any Snapshot) throws -> URLRecord {
        let key = URLRecord.key(name.account, name.region, name.name, name.qualifier)
        guard let record = try snapshot.record(URLRecord.self, key) else { throw LambdaFault.layerVersionMissing }
        return record
    }

    func getURL(_ input: NameInput, _ context: Context) async throws -> URLOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        return URLOutput(try await context.store.read { try Self.url(name, in: $0) }, context)
    }

    func updateURL(_ input: UpdateURLInput, _ context: Context) async throws -> URLOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let now = context.now
        let record = try await context.store.write { transaction in
            var record = try Self.url(name, in: transaction)
            record.auth = input.AuthType ?? record.auth
            record.cors = input.Cors ?? record.cors
            record.mode = input.InvokeMode ?? record.mode
            record.modified = now
            try record.put(into: transaction)
            return record
        }
        return URLOutput(record, context)
    }

    func deleteURL(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        try await context.store.write { try Self.url(name, in: $0).delete(from: $0) }
        return Nothing()
    }

    struct ListURLsInput: Decodable, Sendable {
        var FunctionName: String
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListURLsOutput: Encodable, Sendable {
        var FunctionUrlConfigs: [URLOutput]
        var NextMarker: String?
    }

    func listURLs(_ input: ListURLsInput, _ context: Context) async throws -> ListURLsOutput {
        let name = try FunctionName(input.FunctionName, context)
        let count = FunctionLimit.page(input.MaxItems)
        let found = try await context.store.read { snapshot in
            _ = try name.latest(in: snapshot)
            let prefix = URLRecord.all(name.account, name.region, name.name)
            let after = try PageMarker.read(input.Marker, of: name.arn, in: context).map { prefix.appending(.text($0)) }
            return try snapshot.all(URLRecord.self, prefix, after: after, limit: count + 1)
        }
        let page = found.prefix(count)
        return ListURLsOutput(
            FunctionUrlConfigs: page.map { URLOutput($0, context) },
            NextMarker: PageMarker.write(
                found.count > count ? page.last.map { $0.qualifier ?? "$LATEST" } : nil, of: name.arn, in: context))
    }

    /// Takes a function's, or an alias's, URLs away with it.
    static func deleteURLs(of name: FunctionName, alias: String? = nil, in transaction: any Transaction) throws {
        let gone = try transaction.all(URLRecord.self, URLRecord.all(name.account, name.region, name.name)) {
            alias == nil || $0.qualifier == alias
        }
        for record in gone { try record.delete(from: transaction) }
    }
}
