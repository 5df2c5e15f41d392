import Documents
import Kernel
import SQLEngine

/// What SelectObjectContent refuses
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#SelectObjectContentErrorCodeList).
enum SelectFault: Fault {
    case expressionType
    case expressionTooLong
    case dataSource
    case serialization
    case headerInfo
    case jsonType
    case quoteFields
    case compression
    case parquetCompression
    case scanRange
    case scanRangeUnsupported
    case delimiter(String)
    case notBuilt
    case busy
    /// The statement or the data is not what it should be.
    case refused(SQLFault.Code, String, Format)
    case failed

    enum Format: String, Sendable { case csv = "CSV", json = "JSON", parquet = "Parquet" }

    var wire: AWSError {
        switch self {
        case .expressionType: bad("InvalidExpressionType", "The ExpressionType is not valid. Only SQL expressions are supported.")
        case .expressionTooLong:
            bad("ExpressionTooLong", "The SQL expression is too long. The maximum byte-length for an SQL expression is 256 KB.")
        case .dataSource: bad("InvalidDataSource", "Invalid data source type. Only CSV, JSON, and Parquet are supported.")
        case .serialization:
            bad("ObjectSerializationConflict", "InputSerialization specifies more than one format (CSV, JSON, or Parquet).")
        case .headerInfo:
            bad("InvalidFileHeaderInfo", "The FileHeaderInfo is not valid. Only NONE, USE, and IGNORE are supported.")
        case .jsonType: bad("InvalidJsonType", "The JsonType is not valid. Only DOCUMENT and LINES are supported.")
        case .quoteFields: bad("InvalidQuoteFields", "The QuoteFields is not valid. Only ALWAYS and ASNEEDED are supported.")
        case .compression:
            bad(
                "InvalidCompressionFormat",
                "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.")
        case .parquetCompression:
            bad("UnsupportedParquetType", "Whole-object compression is not supported for Parquet objects.")
        case .scanRange:
            bad(
                "InvalidScanRange",
                "The value of a parameter in ScanRange element is invalid. Check the service API documentation and try again.")
        case .scanRangeUnsupported:
            bad("UnsupportedScanRangeInput", "ScanRange queries are not supported on this type of object.")
        case .delimiter(let name): bad("InvalidRequestParameter", "The value of a parameter in \(name) element is not valid.")
        case .notBuilt: AWSError.notImplemented("s3", "SelectObjectContent")
        case .busy: AWSError("Busy", 503, "The service is unavailable. Try again later.")
        case .failed: AWSError("InternalError", 500, "We encountered an internal error. Please try again.")
        case .refused(let code, let text, let format): Self.refused(code, text, format)
        }
    }

    private static func refused(_ code: SQLFault.Code, _ text: String, _ format: Format) -> AWSError {
        switch code {
        case .syntaxError, .invalidRequest:
            AWSError("ParseUnexpectedToken", 400, "The SQL expression contains an unexpected token. \(text)")
        case .notSupported: AWSError("UnsupportedSqlStructure", 400, "Encountered an unsupported SQL structure. \(text)")
        case .tableNotFound, .schemaNotFound:
            AWSError("ParseSelectMissingFrom", 400, "The SQL expression contains a missing FROM after the SELECT list.")
        case .columnNotFound:
            format == .csv
                ? AWSError(
                    "MissingHeaders", 400, "Some headers in the query are missing from the file. Check the file and try again.")
                : AWSError(
                    "EvaluatorBindingDoesNotExist", 400,
                    "A column name or a path provided does not exist in the SQL expression.")
        case .functionNotFound: AWSError("UnsupportedFunction", 400, "Encountered an unsupported SQL function.")
        case .typeMismatch:
            AWSError("EvaluatorInvalidArguments", 400, "Incorrect type of arguments in function call. \(text)")
        case .invalidCastArgument:
            AWSError("CastFailed", 400, "Attempt to convert from one data type to another using CAST failed.")
        case .invalidFunctionArgument where format == .parquet, .hiveBadData:
            AWSError(
                "\(format.rawValue)ParsingError", 400,
                "Encountered an error parsing the \(format.rawValue) file. Check the file and try again.")
        case .invalidFunctionArgument, .invalidParameterUsage:
            AWSError("EvaluatorInvalidArguments", 400, "Incorrect type of arguments in function call. \(text)")
        case .numericValueOutOfRange: AWSError("IntegerOverflow", 400, "Int overflow or underflow in the SQL expression.")
        case .divisionByZero: AWSError("NumberFormatError", 400, "Division by zero in the SQL expression.")
        case .resourceLimit, .outOfMemory:
            AWSError("OverMaxRecordSize", 400, "The length of a record in the input or result is greater than the limit. \(text)")
        case .timeout: AWSError("SlowDown", 503, "Please reduce your request rate.")
        // The last are about tables, which Select has none of.
        case .accessDenied, .noSuchBucket, .storageError, .fileChanged, .cancelled, .internal, .missingColumnName,
            .duplicateColumnName, .columnTypeUnknown, .invalidTableProperty, .invalidView, .columnOrderMismatch,
            .constraintViolation, .metastoreError, .tooManyOpenPartitions:
            SelectFault.failed.wire
        }
    }

    private func bad(_ code: String, _ message: String) -> AWSError { AWSError(code, 400, message) }
}
