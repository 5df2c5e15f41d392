import Documents
import FunctionEngine
import Kernel

/// Where a function's log goes, and in which form
/// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html).
struct LoggingSettings: Codable, Sendable, Hashable {
    /// `Text` or `JSON`.
    var LogFormat: String?
    var ApplicationLogLevel: String?
    var SystemLogLevel: String?
    var LogGroup: String?

    /// These over the present ones. Levels belong to JSON alone, which has them unless they are said.
    /// - Throws: ``LambdaFault/invalidParameter(_:)``.
    func over(_ present: LoggingSettings?) throws(LambdaFault) -> LoggingSettings {
        var new = present ?? LoggingSettings()
        new.LogFormat = LogFormat ?? new.LogFormat
        new.LogGroup = LogGroup ?? new.LogGroup
        guard new.LogFormat == "JSON" else {
            guard ApplicationLogLevel == nil, SystemLogLevel == nil else {
                throw .invalidParameter("Log levels can only be set when the log format is JSON.")
            }
            (new.ApplicationLogLevel, new.SystemLogLevel) = (nil, nil)
            return new
        }
        new.ApplicationLogLevel = ApplicationLogLevel ?? new.ApplicationLogLevel ?? "INFO"
        new.SystemLogLevel = SystemLogLevel ?? new.SystemLogLevel ?? "INFO"
        return new
    }

    /// How the engine writes it; nil is text.
    var json: FunctionSpecification.JSONLog? {
        guard LogFormat == "JSON" else { return nil }
        return .init(application: ApplicationLogLevel ?? "INFO", system: SystemLogLevel ?? "INFO")
    }
}

struct TracingInput: Decodable, Sendable { var Mode: String? }
