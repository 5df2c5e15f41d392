import Documents
import Kernel
import Store

struct ImportInput: Codable, Sendable {
    struct FormatOptions: Codable, Sendable { var Csv: CSVOptions? }
    struct TableParameters: Codable, Sendable {
        var TableName: String
        var AttributeDefinitions: [AttributeDefinition]
        var KeySchema: [KeySchemaElement]
        var BillingMode: String?
        var ProvisionedThroughput: ThroughputInput?
        var OnDemandThroughput: Document?
        var SSESpecification: Document?
        var GlobalSecondaryIndexes: [IndexInput]?
    }
    var ClientToken: String?
    var S3BucketSource: ImportSource
    var InputFormat: String
    var InputFormatOptions: FormatOptions?
    var InputCompressionType: String?
    var TableCreationParameters: TableParameters
}

struct ImportOutput: Codable, Sendable { var ImportTableDescription: Document }
struct ImportArnInput: Codable, Sendable { var ImportArn: String }

struct ListImportsInput: Codable, Sendable {
    var TableArn: String?
    var PageSize: Int?
    var NextToken: String?
}

struct ListImportsOutput: Codable, Sendable {
    var ImportSummaryList: [Document]
    var NextToken: String?
}

/// ImportTable, DescribeImport and ListImports.
extension DynamoDBService {
    enum ImportLimit {
        /// Imports of one account and Region at once.
        static let concurrent = 50
        static let objects = 50_000
        static let page = 25
        /// Items put in one transaction.
        static let batch = 100
        /// Bytes of one line or row: an item of 400 KB, as JSON, with room for escapes.
        static let line = 4 << 20
        /// Errors that are logged; the rest are only counted.
        static let logged = 10_000
    }

    func importTable(_ input: ImportInput, _ context: Context) async throws -> ImportOutput {
        if input.InputFormat != "CSV", input.InputFormatOptions?.Csv != nil {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: InputFormatOptions can only be specified when InputFormat is CSV")
        }
        let parameters = input.TableCreationParameters
        let name = try TableName(parameters.TableName, context)
        let creation = CreateTableInput(
            TableName: parameters.TableName, AttributeDefinitions: parameters.AttributeDefinitions,
            KeySchema: parameters.KeySchema, GlobalSecondaryIndexes: parameters.GlobalSecondaryIndexes,
            BillingMode: parameters.BillingMode, ProvisionedThroughput: parameters.ProvisionedThroughput,
            SSESpecification: parameters.SSESpecification,
            OnDemandThroughput: parameters.OnDemandThroughput)
        var draft = try Self.table(creation, name, context.now)
        draft.activity = .creating
        var dataKey: DataKeyRecord?
        if parameters.SSESpecification != nil, try await !context.store.read({ try $0.contains(name.key) }) {
            dataKey = try await TableEncryption.makeKey(parameters.SSESpecification, name, context)
        }
        let (drafted, key, given) = (draft, dataKey, try DocumentEncoder().encode(parameters))
        let (platform, token) = (context.platform, input.ClientToken ?? Identifier.uuid())
        return try await context.store.write { transaction in
            var running = 0
            var known: ImportRecord?
            try transaction.records(ImportRecord.self, ImportRecord.imports(name.account, name.region)) { _, record in
                if record.ended == nil { running += 1 }
                if record.clientToken == token { known = record }
                return true
            }
            if let known {
                guard known.parameters == given, known.source == input.S3BucketSource, known.format == input.InputFormat else {
                    throw DynamoDBFault.importConflict
                }
                return ImportOutput(ImportTableDescription: known.description)
            }
            guard running < ImportLimit.concurrent else {
                throw DynamoDBFault.limitExceeded(
                    "Subscriber limit exceeded: There is a limit of \(ImportLimit.concurrent) concurrent imports per subscriber")
            }
            var made = drafted
            try made.rest(under: key, in: transaction)
            try Self.add(made, in: transaction)
            let now = platform.clock.now()
            let record = ImportRecord(
                id: "0\(now.milliseconds)-\(Hex.encode(Identifier.random(4)))", table: made, caller: context.caller,
                started: now, clientToken: token, source: input.S3BucketSource, format: input.InputFormat,
                csv: input.InputFormatOptions?.Csv, compression: input.InputCompressionType ?? "NONE", parameters: given)
            try transaction.put(record.key, record)
            try TableWork.enqueue(TableWork.importing, made, id: record.id, in: transaction, on: platform)
            return ImportOutput(ImportTableDescription: record.description)
        }
    }

    func describeImport(_ input: ImportArnInput, _ context: Context) async throws -> ImportOutput {
        let record = try await context.store.read { snapshot in
            try ImportRecord.key(input.ImportArn).flatMap { try snapshot.record(ImportRecord.self, $0) }
        }
        guard let record, record.arn == input.ImportArn else { throw DynamoDBFault.importNotFound(input.ImportArn) }
        return ImportOutput(ImportTableDescription: record.description)
    }

    func listImports(_ input: ListImportsInput, _ context: Context) async throws -> ListImportsOutput {
        let limit = input.PageSize ?? ImportLimit.page
        let list = context.list(input.TableArn)
        let after = try input.NextToken.map { token in
            guard let key = Self.importKey(token, of: list) else { throw DynamoDBFault.validation("Invalid NextToken") }
            return key
        }
        return try await context.store.read { snapshot in
            var found: [ImportRecord] = []
            try snapshot.records(ImportRecord.self, ImportRecord.imports(context.account, context.region), after: after) {
                _, record in
                if input.TableArn == nil || record.table.arn == input.TableArn { found.append(record) }
                return found.count <= limit
            }
            let page = found.prefix(limit)
            return ListImportsOutput(
                ImportSummaryList: page.map { .map($0.summary) },
                NextToken: found.count > limit ? page.last.map { Self.importToken($0.arn, of: list) } : nil)
        }
    }

    /// A token as the API's model has them: at least 112 hexadecimal digits, in sixteens.
    private static func importToken(_ arn: String, of list: String) -> String {
        var bytes = Array(PageToken.write(arn, of: list).utf8)
        while bytes.count < 56 || bytes.count % 8 != 0 { bytes.append(0) }
        return Hex.encode(bytes)
    }

    private static func importKey(_ token: String, of list: String) -> Key? {
        guard let bytes = Hex.decode(token) else { return nil }
        return PageToken.name(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self), of: list).flatMap(ImportRecord.key)
    }
}
