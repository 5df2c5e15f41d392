import Documents
import Kernel
import Store

/// GetParameter, GetParameters, GetParametersByPath.
extension SSMService {
    struct ParameterOutput: Codable, Sendable {
        var Name: String
        var `Type`: String
        var Value: String
        var Version: Int64
        var Selector: String?
        var SourceResult: String?
        var LastModifiedDate: Timestamp
        var ARN: String
        var DataType: String
    }

    struct GetInput: Decodable, Sendable {
        var Name: String
        var WithDecryption: Bool?
    }

    struct GetOutput: Codable, Sendable { var Parameter: ParameterOutput }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
    func getParameter(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        GetOutput(Parameter: try await parameter(input.Name, decrypted: input.WithDecryption ?? false, context))
    }

    private func parameter(_ text: String, decrypted: Bool, _ context: Context) async throws -> ParameterOutput {
        let name = ParameterName(text, context)
        if let found = PublicParameters.find(name, region: context.region) { return found }
        if SecretReferences.covers(name) { return try await SecretReferences.find(name, decrypted: decrypted, context) }
        guard name.region == context.region else { throw SSMFault.parameterNotFound }
        let (record, version) = try await context.store.read { try name.version(in: $0) }
        return try await output(record, version, selector: name.selector, decrypted: decrypted, context)
    }

    private func output(
        _ record: ParameterRecord, _ version: ParameterVersion, selector: String? = nil, decrypted: Bool, _ context: Context
    ) async throws -> ParameterOutput {
        ParameterOutput(
            Name: record.name, Type: version.type, Value: try await value(version, of: record, decrypted: decrypted, context),
            Version: version.number, Selector: selector.map { ":\($0)" }, LastModifiedDate: version.modified, ARN: record.arn,
            DataType: version.dataType)
    }

    func value(
        _ version: ParameterVersion, of record: ParameterRecord, decrypted: Bool, _ context: Context
    ) async throws -> String {
        guard decrypted, version.type == ParameterType.secure else { return version.value.shown }
        return try await ParameterVault(context: context, account: record.account, arn: record.arn).open(version.value)
    }

    struct GetManyInput: Decodable, Sendable {
        var Names: [String]
        var WithDecryption: Bool?
    }

    struct GetManyOutput: Codable, Sendable {
        var Parameters: [ParameterOutput]
        var InvalidParameters: [String]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
    func getParameters(_ input: GetManyInput, _ context: Context) async throws -> GetManyOutput {
        var output = GetManyOutput(Parameters: [], InvalidParameters: [])
        var seen: Set<String> = []
        for name in input.Names where seen.insert(name).inserted {
            do {
                output.Parameters.append(try await parameter(name, decrypted: input.WithDecryption ?? false, context))
            } catch let fault as SSMFault {
                switch fault {
                case .parameterNotFound, .versionNotFound, .labelNotFound, .secret("ParameterNotFound", _):
                    output.InvalidParameters.append(name)
                default: throw fault
                }
            }
        }
        return output
    }

    struct ByPathInput: Decodable, Sendable {
        var Path: String
        var Recursive: Bool?
        var ParameterFilters: [ParameterFilter]?
        var WithDecryption: Bool?
        var MaxResults: Int?
        var NextToken: String?
    }

    struct ByPathOutput: Codable, Sendable {
        var Parameters: [ParameterOutput]
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
    func getByPath(_ input: ByPathInput, _ context: Context) async throws -> ByPathOutput {
        guard input.Path.hasPrefix("/") else {
            throw SSMFault.validation(ParameterName.requirements)
        }
        let filters = input.ParameterFilters ?? []
        for filter in filters { try filter.check(allowing: ["Type", "KeyId", "Label"]) }
        let count = input.MaxResults ?? SSMLimit.pathPage
        let list = context.list(input.Path)
        let after = try input.NextToken.map { try PageToken.read($0, of: list) }
        let isRecursive = input.Recursive ?? false
        if PublicParameters.covers(input.Path) {
            let found = PublicParameters.under(input.Path, recursive: isRecursive, region: context.region)
            let rest = after.map { last in found.filter { $0.Name > last } } ?? found
            let page = Array(rest.prefix(count))
            return ByPathOutput(
                Parameters: page, NextToken: rest.count > count ? page.last.map { PageToken.write($0.Name, of: list) } : nil)
        }
        let found = try await context.store.read { snapshot in
            try Self.scan(
                snapshot, context, path: input.Path, recursive: isRecursive, after: after, limit: count + 1
            ) { record -> (ParameterRecord, ParameterVersion)? in
                guard filters.allSatisfy({ $0.matches(record) }) else { return nil }
                // A label asks for the version that has it.
                let label = filters.first { $0.Key == "Label" }?.Values?.first { record.labels[$0] != nil }
                let number = label.flatMap { record.labels[$0] } ?? record.newest.number
                return (record, try snapshot.version(number, of: record))
            }
        }
        var output = ByPathOutput(Parameters: [], NextToken: nil)
        for (record, version) in found.prefix(count) {
            output.Parameters.append(
                try await self.output(record, version, decrypted: input.WithDecryption ?? false, context))
        }
        if found.count > count { output.NextToken = found[count - 1].0.pageToken(of: list) }
        return output
    }

    /// The parameters under a path in the order of their names, as far as `pick` takes them.
    static func scan<Result>(
        _ snapshot: any Snapshot, _ context: Context, path: String, recursive: Bool, after: String?, limit: Int,
        _ pick: (ParameterRecord) throws -> Result?
    ) throws -> [Result] {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        let prefix = trimmed.isEmpty ? "" : ParameterRecord.place(trimmed) + "/"
        let all = ParameterRecord.all(context.account, context.region)
        // "0" is the character after "/": the end of all names that begin with the path.
        let end = prefix.isEmpty ? all.rangeEnd : all.appending(.text(prefix.dropLast() + "0"))
        let begin = after.map { all.appending(.text($0)).successor } ?? all.appending(.text(prefix))
        var found: [Result] = []
        try snapshot.scan(from: begin, to: end, reverse: false, limit: nil) { _, bytes in
            let record = try ParameterRecord(stored: bytes)
            let rest = ParameterRecord.place(record.name).dropFirst(prefix.count)
            guard recursive || !rest.contains("/") else { return true }
            if let result = try pick(record) { found.append(result) }
            return found.count < limit
        }
        return found
    }
}

extension PageToken {
    static func read(_ token: String, of list: String) throws -> String {
        guard let name = name(token, of: list) else { throw SSMFault.invalidNextToken }
        return name
    }
}

extension ParameterRecord {
    func pageToken(of list: String) -> String { PageToken.write(Self.place(name), of: list) }
}
