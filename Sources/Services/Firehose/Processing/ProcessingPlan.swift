import Documents
import Kernel

/// A destination's processors, read and checked
/// (https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html).
///
/// They run in AWS's order whatever order they are given in: decompression, extraction of log messages, de-aggregation, the
/// function, metadata, the delimiter.
struct ProcessingPlan: Sendable {
    struct Function: Sendable {
        var arn: String
        var role: String?
        var retries: Int
        var bytes: Int
        var interval: Duration
    }
    enum Deaggregation: Sendable {
        case json
        case delimited([UInt8])
    }

    var unpacks = false
    var extractsLogs = false
    var deaggregation: Deaggregation?
    var function: Function?
    var query: MetadataQuery?
    var delimiter: [UInt8]?

    /// - Throws: ``FirehoseFault``.
    init(_ destination: Destination) throws {
        var seen: Set<String> = []
        for processor in destination.processors {
            guard seen.insert(processor.Type).inserted else {
                throw FirehoseFault.invalid("There can be only one processor of type \(processor.Type).")
            }
            try take(processor)
        }
        guard !extractsLogs || unpacks else {
            throw FirehoseFault.invalid("CloudWatchLogProcessing processor needs the Decompression processor.")
        }
    }

    private mutating func take(_ processor: Processor) throws {
        switch processor.Type {
        case "Decompression":
            guard processor["CompressionFormat"] ?? "GZIP" == "GZIP" else {
                throw FirehoseFault.invalid("The CompressionFormat of the Decompression processor must be GZIP.")
            }
            unpacks = true
        case "CloudWatchLogProcessing":
            guard processor["DataMessageExtraction"]?.lowercased() == "true" else {
                throw FirehoseFault.invalid("DataMessageExtraction of the CloudWatchLogProcessing processor must be true.")
            }
            extractsLogs = true
        case "RecordDeAggregation": deaggregation = try Self.deaggregation(processor)
        case "Lambda": function = try Self.function(processor)
        case "MetadataExtraction":
            guard let text = processor["MetadataExtractionQuery"] else {
                throw FirehoseFault.invalid("MetadataExtractionQuery must be specified for the MetadataExtraction processor.")
            }
            guard processor["JsonParsingEngine"] == "JQ-1.6" else {
                throw FirehoseFault.invalid("JsonParsingEngine of the MetadataExtraction processor must be JQ-1.6.")
            }
            query = try MetadataQuery(text)
        case "AppendDelimiterToRecord":
            let text = processor["Delimiter"] ?? "\\n"
            delimiter = Array(text.replacing("\\n", with: "\n").replacing("\\t", with: "\t").replacing("\\r", with: "\r").utf8)
        default: throw FirehoseFault.invalid("The processor type \(processor.Type) is not valid.")
        }
    }

    private static func deaggregation(_ processor: Processor) throws -> Deaggregation {
        switch processor["SubRecordType"] {
        case "JSON": return .json
        case "DELIMITED":
            guard let bytes = processor["Delimiter"].flatMap(Base64.decode), !bytes.isEmpty else {
                throw FirehoseFault.invalid("The Delimiter of the RecordDeAggregation processor must be base64-encoded.")
            }
            return .delimited(bytes)
        default: throw FirehoseFault.invalid("The SubRecordType of the RecordDeAggregation processor must be JSON or DELIMITED.")
        }
    }

    private static func function(_ processor: Processor) throws -> Function {
        guard let arn = processor["LambdaArn"], ARN(arn)?.service == "lambda" else {
            throw FirehoseFault.invalid("LambdaArn must be specified for the Lambda processor.")
        }
        let retries = processor["NumberOfRetries"].map { Int($0) } ?? FirehoseLimit.functionRetries
        guard let retries, (0...FirehoseLimit.functionRetriesMax).contains(retries) else {
            throw FirehoseFault.invalid("NumberOfRetries must be between 0 and \(FirehoseLimit.functionRetriesMax).")
        }
        let size = processor["BufferSizeInMBs"].map { Double($0) } ?? 1
        guard let size, size >= 0.2, size <= 3 else {
            throw FirehoseFault.invalid("BufferSizeInMBs of the Lambda processor must be between 0.2 and 3.")
        }
        let interval = processor["BufferIntervalInSeconds"].map { Int($0) } ?? FirehoseLimit.functionInterval
        guard let interval, (0...900).contains(interval) else {
            throw FirehoseFault.invalid("BufferIntervalInSeconds of the Lambda processor must be between 0 and 900.")
        }
        return Function(
            arn: arn, role: processor["RoleArn"], retries: retries, bytes: Int(size * 1_048_576),
            interval: .seconds(interval))
    }
}

/// A query that gives partition keys.
struct MetadataQuery: Sendable {
    let expression: QueryExpression
    /// The names of the keys it gives.
    let keys: [String]

    init(_ text: String) throws {
        expression = try QueryParser.parse(text)
        var last = expression
        while case .pipe(_, let right) = last { last = right }
        guard case .object(let pairs) = last, !pairs.isEmpty else {
            throw FirehoseFault.invalid("MetadataExtractionQuery must construct an object of partition keys.")
        }
        keys = try pairs.map { pair in
            guard case .literal(.string(let name)) = pair.0 else {
                throw FirehoseFault.invalid("The names of partition keys in MetadataExtractionQuery must be literals.")
            }
            return name
        }
    }

    /// The partition keys of one record.
    func keys(of data: [UInt8]) throws(QueryFailure) -> [String: String] {
        guard let document = try? JSON.parse(data) else { throw QueryFailure(message: "The record is not valid JSON.") }
        var found: [String: String] = [:]
        for (name, value) in try expression.value(of: document).members ?? [:] {
            let text =
                switch value {
                case .null: ""
                case .string(let text): text
                default: JSON.text(value)
                }
            guard !text.isEmpty else { throw QueryFailure(message: "partitionKeys values must not be null or empty") }
            found[name] = text
        }
        return found
    }
}
