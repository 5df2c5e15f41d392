import Documents
import Kernel
import SQLEngine

/// JSON into Parquet or ORC by a Glue table's columns, in the SQL worker
/// (https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html).
extension FirehoseService {
    struct Converted: Sendable {
        /// nil when no record could be converted.
        var bytes: [UInt8]?
        var failed: [FailedRecord] = []
    }

    /// - Throws: ``AWSError`` of Glue, ``SQLFault``.
    func convert(_ records: [ReadyRecord], _ conversion: Conversion, _ batch: Batch) async throws -> Converted {
        let columns = try await columns(conversion, batch)
        let deserializer = conversion.InputFormatConfiguration?.Deserializer
        let files = try ConversionFiles(batch.id, in: batch.platform.configuration.dataDirectory)
        defer { files.remove() }
        try files.write(records.lazy.map(\.data))
        var request = SQLConversion(
            columns: columns, format: conversion.isOrc ? "orc" : "parquet", compression: conversion.compression,
            inputPath: files.input, outputPath: files.output)
        request.caseInsensitive = deserializer?.OpenXJsonSerDe?.CaseInsensitive ?? true
        request.dotsToUnderscores = deserializer?.OpenXJsonSerDe?.ConvertDotsInJsonKeysToUnderscores ?? false
        request.keys = deserializer?.OpenXJsonSerDe?.ColumnToJsonKeyMappings ?? [:]
        request.timestampFormats = deserializer?.HiveJsonSerDe?.TimestampFormats ?? []
        let result = try await engine.convert(request, on: batch.platform)
        let now = batch.platform.clock.now().milliseconds
        let table = Self.table(conversion, batch)
        let failed = result.failures.compactMap { failure -> FailedRecord? in
            guard records.indices.contains(failure.index) else { return nil }
            return FailedRecord(
                source: records[failure.index].source, kind: .conversion, code: failure.code, message: failure.message,
                ended: now,
                table: table)
        }
        return Converted(bytes: result.rowCount > 0 ? try files.read() : nil, failed: failed)
    }

    private func columns(_ conversion: Conversion, _ batch: Batch) async throws -> [SQLColumn] {
        let schema = conversion.SchemaConfiguration ?? Conversion.Schema()
        let role = schema.RoleARN ?? batch.destination.RoleARN ?? ""
        var input: Members = [
            "DatabaseName": .string(schema.DatabaseName ?? ""), "TableName": .string(schema.TableName ?? ""),
        ]
        if let catalog = schema.CatalogId { input["CatalogId"] = .string(catalog) }
        let caller = try await batch.sessions.caller(role)
        let region = schema.Region ?? batch.record.region
        let versions =
            try await batch.platform.call(Call("glue", "GetTableVersions", .map(input), caller: caller, region: region))
            .output["TableVersions"]?.list ?? []
        let wanted = schema.VersionId ?? "LATEST"
        let newest = versions.max { (Int($0["VersionId"]?.string ?? "") ?? 0) < (Int($1["VersionId"]?.string ?? "") ?? 0) }
        let version = wanted == "LATEST" ? newest : versions.first { $0["VersionId"]?.string == wanted }
        guard let columns = version?["Table"]?["StorageDescriptor"]?["Columns"]?.list, !columns.isEmpty else {
            throw AWSError(
                "DataFormatConversion.InvalidSchema", 400,
                "The table \(schema.DatabaseName ?? "").\(schema.TableName ?? "") has no columns in version \(wanted).")
        }
        return columns.map { SQLColumn(name: $0["Name"]?.string ?? "", type: $0["Type"]?.string ?? "string") }
    }

    private static func table(_ conversion: Conversion, _ batch: Batch) -> Document {
        let schema = conversion.SchemaConfiguration
        return [
            "catalogId": .string(schema?.CatalogId ?? batch.record.account), "databaseName": .string(schema?.DatabaseName ?? ""),
            "tableName": .string(schema?.TableName ?? ""), "region": .string(schema?.Region ?? batch.record.region),
            "versionId": .string(schema?.VersionId ?? "LATEST"), "catalogArn": nil,
        ]
    }
}
